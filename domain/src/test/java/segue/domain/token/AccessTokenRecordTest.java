package segue.domain.token;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// Of which access tokens something is kept (contract authentication-api §5.2, §8.1).
class AccessTokenRecordTest {
    /// Every case, beside a list of those that count.
    @Test
    void anOpaqueTokenIsKeptAndAJwtIfUserinfoTellsMoreThanItsScope() {
        for (var audience : List.of(Optional.<String>empty(), Optional.of("https://a.example")))
            for (var scope : List.of("", "openid", "profile openid", "openids"))
                for (var requested : List.of(Optional.<String>empty(), Optional.of("{}")))
                    for (var names : List.of(List.<String>of(), List.of("https://a.example/x"))) {
                        var custom = new TreeMap<String, String>();
                        for (var name : names) custom.put(name, "1");
                        var expected =
                                audience.isEmpty()
                                        || List.of(
                                                        "openid true true",
                                                        "openid true false",
                                                        "openid false true",
                                                        "profile openid true true",
                                                        "profile openid true false",
                                                        "profile openid false true")
                                                .contains(
                                                        "%s %s %s"
                                                                .formatted(
                                                                        scope,
                                                                        requested.isPresent(),
                                                                        !custom.isEmpty()));
                        assertThat(AccessTokenRecord.isKept(audience, scope, requested, custom))
                                .as("%s %s %s %s", audience, scope, requested, custom)
                                .isEqualTo(expected);
                    }
    }
}
