package segue.domain.authorize;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Every combination of what decides whether a user must be asked.
class ConsentTest {
    private static final Set<String> WANTED = Set.of("openid", "read:orders");

    /// What may have been allowed before, and whether that is all that is wanted.
    private record Given(Optional<Set<String>> scopes, boolean isEnough) {}

    private static final List<Given> GIVEN =
            List.of(
                    new Given(Optional.empty(), false),
                    new Given(Optional.of(Set.of()), false),
                    new Given(Optional.of(Set.of("openid")), false),
                    new Given(Optional.of(Set.of("email", "profile")), false),
                    new Given(Optional.of(WANTED), true),
                    new Given(Optional.of(Set.of("openid", "read:orders", "email")), true));

    /// The sentences of the contract, one after the other, as a table that is read from above: the
    /// first row that fits counts.
    private static String expected(
            String client, String api, boolean demanded, boolean enough, boolean seen) {
        if (demanded) return "asks";
        if (client.equals("own")) {
            if (api.equals("none") || api.equals("skips")) return "silent";
            return enough ? "silent" : "asks";
        }
        if (!enough) return "asks";
        if (client.equals("foreign app")) return seen ? "silent" : "asks";
        return "silent";
    }

    @Test
    void everyCombinationIsDecidedAsTheContractSays() {
        var both = List.of(true, false);
        for (var silent : both)
            for (var client : List.of("own", "own app", "foreign", "foreign app"))
                for (var api : List.of("none", "skips", "wants"))
                    for (var demanded : both)
                        for (var given : GIVEN)
                            for (var seen : both) {
                                var terms =
                                        new Consent.Terms(
                                                client.startsWith("own"),
                                                !api.equals("wants"),
                                                demanded,
                                                client.endsWith("app"),
                                                Set.of());
                                var page =
                                        expected(
                                                        client.equals("own app") ? "own" : client,
                                                        api,
                                                        demanded,
                                                        given.isEnough(),
                                                        seen)
                                                .equals("asks");
                                var expected = page ? "ASK" : "PROCEED";
                                if (silent && client.equals("foreign app"))
                                    expected = "INTERACTION_REQUIRED";
                                else if (silent && page) expected = "CONSENT_REQUIRED";
                                var verdict =
                                        Consent.decide(silent, terms, WANTED, given.scopes(), seen);
                                assertThat(verdict.name())
                                        .as("%s %s %s %s %s", client, api, terms, given, seen)
                                        .isEqualTo(expected);
                            }
    }

    @Test
    void whoAsksForNothingIsAskedAboutAllTheSameOnce() {
        var terms = new Consent.Terms(false, true, false, false, Set.of());
        assertThat(Consent.decide(false, terms, Set.of(), Optional.empty(), true))
                .isEqualTo(Consent.Verdict.ASK);
        assertThat(Consent.decide(false, terms, Set.of(), Optional.of(Set.of()), true))
                .isEqualTo(Consent.Verdict.PROCEED);
    }

    /// Whoever relies on it reads no grant: it must never differ from the decision.
    @Test
    void whoIsExemptIsNeverAsked() {
        var both = List.of(true, false);
        for (var own : both)
            for (var skipped : both)
                for (var demanded : both)
                    for (var app : both) {
                        var terms = new Consent.Terms(own, skipped, demanded, app, Set.of());
                        var isAsked =
                                GIVEN.stream()
                                        .anyMatch(
                                                given ->
                                                        Consent.decide(
                                                                        false,
                                                                        terms,
                                                                        WANTED,
                                                                        given.scopes(),
                                                                        false)
                                                                != Consent.Verdict.PROCEED);
                        assertThat(terms.isExempt()).as("%s", terms).isEqualTo(!isAsked);
                    }
    }
}
