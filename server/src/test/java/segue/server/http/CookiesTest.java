package segue.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/// THREATS R6.3: a parser that is more generous than the browser lets a stranger's cookie wear the
/// name of ours.
class CookiesTest {
    private static Cookies cookies(String... fields) {
        return Cookies.parse(List.of(fields));
    }

    /// In a browser's header these are other cookies than `s`, or `s` with the value as it stands.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "s=v|v",
                "a=b; s=v|v",
                "s=v; a=b|v",
                "s=v;a=b|v",
                "s=\"v\"|\"v\"",
                "s=a\"; s2=\"v|a\"",
                "s=a=b|a=b",
                "s=%76|%76",
                "s=a,s=b|a,s=b",
                "a=\"x; s=v|v",
                "$Version=1; s=v; $Path=/|v",
            })
    void aValueIsTakenAsItStands(String field, String value) {
        assertThat(cookies(field).only("s")).contains(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "S=v",
                "\u00a0s=v",
                "\u000bs=v",
                "\u2003s=v",
                "s\u00a0=v",
                "%73=v",
                "$s=v",
                "__Host-s=v",
                "\"s\"=v",
                "s",
                "s; =v",
                "a=b,s=v",
                "=s=v",
            })
    void whatOnlyLooksLikeTheNameIsAnotherCookie(String field) {
        assertThat(cookies(field).all("s")).isEmpty();
    }

    @Test
    void aCookieThatIsThereTwiceIsNotBelieved() {
        assertThat(cookies("s=v; s=w").only("s")).isEmpty();
        assertThat(cookies("s=v; s=v").only("s")).isEmpty();
        assertThat(cookies("s=v", "s=w").only("s")).isEmpty();
        assertThat(cookies("s=v; s").only("s")).contains("v");
    }
}
