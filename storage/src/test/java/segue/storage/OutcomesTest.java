package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.token.RefreshRefusal;
import segue.domain.transfer.Reason;
import segue.storage.Transfers.Minted;

import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

class OutcomesTest {
    /// One of each that needs no database, and each refusal of a refresh token.
    private static List<Minted> refusals() {
        return Stream.concat(
                        Stream.<Minted>of(
                                new Minted.Denied("access_denied", "No."),
                                new Minted.Replayed(),
                                new Minted.ClientNotAllowed(),
                                new Minted.Nested(),
                                new Minted.ForeignAudience(),
                                new Minted.TargetMissing(),
                                new Minted.TargetNotAllowed(),
                                new Minted.TooMany(new Backoff(1, Instant.EPOCH, Instant.EPOCH))),
                        Arrays.stream(RefreshRefusal.values())
                                .<Minted>map(Minted.TokenRefused::new))
                .toList();
    }

    @Test
    void anExchangeComesToOneOfTheListedWordsAndEachListedWordIsOfOneOutcome() {
        var words = refusals().stream().map(Transfers::outcome).toList();
        assertThat(words).doesNotHaveDuplicates();
        var all = new HashSet<>(words);
        all.add("granted");
        assertThat(Outcomes.ofExchanges()).isEqualTo(all);
    }

    /// Otherwise the test above would overlook a new way to be refused.
    @Test
    void noOutcomeOfAnExchangeIsLeftOut() {
        var seen = new HashSet<Class<?>>(Set.of(Minted.Granted.class, Minted.Asking.class));
        refusals().forEach(it -> seen.add(it.getClass()));
        assertThat(seen).containsExactlyInAnyOrder(Minted.class.getPermittedSubclasses());
    }

    @Test
    void aRedemptionComesToAReasonCodeOrToOneOfFiveWordsMore() {
        var words = Arrays.stream(Reason.values()).map(Reason::code).collect(Collectors.toSet());
        words.addAll(
                Set.of(
                        "accepted",
                        "unconfirmed",
                        "declined",
                        "consent_required",
                        "consent_refused"));
        assertThat(Outcomes.ofRedemptions()).isEqualTo(words);
    }

    @Test
    void aWordIsInLowerCaseWithoutAnythingThatALabelWouldHaveToEscape() {
        assertThat(Outcomes.ofExchanges()).allMatch(it -> it.matches("[a-z_]+"));
        assertThat(Outcomes.ofRedemptions()).allMatch(it -> it.matches("[a-z_]+"));
    }
}
