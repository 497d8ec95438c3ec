package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

import segue.domain.revocation.Cause;
import segue.domain.revocation.Receipt;
import segue.storage.Kinship.Ended;
import segue.storage.Revocations.Selection;
import segue.storage.jdbc.Database;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Supplier;

/// What ends with what (contract native-to-web §8), on random families: the preview, the receipt
/// and what a model predicts are the same set, and nothing else has ended.
abstract class CascadeContract {
    /// A new, empty database.
    abstract Database open() throws Exception;

    @RepeatedTest(100)
    void whatIsPreviewedIsWhatEndsAndWhatTheModelPredicts(RepetitionInfo run) throws Exception {
        var random = new Random(run.getCurrentRepetition());
        try (var database = open()) {
            var kinship = new Kinship(database, run.getCurrentRepetition());
            var revocations = new Revocations(database, Observer.NONE);
            for (var step = 0; step < 4; step++) {
                var before = Kinship.standing(database);
                var ending = anEnding(random, kinship, database, revocations);
                ending.preview()
                        .ifPresent(
                                preview -> {
                                    assertThat(sets(preview)).isEqualTo(ending.predicted());
                                    assertThat(Kinship.standing(database)).isEqualTo(before);
                                });
                var receipt = ending.act().get();
                assertThat(sets(receipt)).isEqualTo(ending.predicted());
                var gone = new HashSet<>(before);
                gone.removeAll(Kinship.standing(database));
                var named = new HashSet<>(ending.predicted().tokens());
                named.addAll(ending.predicted().logins());
                assertThat(gone).isEqualTo(named);
            }
        }
    }

    /// @param preview what it would end, if it can be asked
    private record Ending(Ended predicted, Optional<Receipt> preview, Supplier<Receipt> act) {}

    private static Ending anEnding(
            Random random, Kinship kinship, Database database, Revocations revocations) {
        var user = kinship.any(kinship.users);
        var token = kinship.any(kinship.tokens);
        var login =
                kinship.logins.isEmpty()
                        ? Optional.<Kinship.Login>empty()
                        : Optional.of(kinship.any(kinship.logins));
        return switch (random.nextInt(login.isEmpty() ? 6 : 8)) {
            case 0 -> {
                var preview = revocations.previewOf(token.id());
                yield new Ending(
                        kinship.end(it -> it.id().equals(token.id()), _ -> false, false),
                        Optional.of(preview),
                        () -> revocations.revokeFamilies(List.of(token.id()), Fixture.ADMIN));
            }
            case 1 ->
                    new Ending(
                            kinship.end(
                                    it ->
                                            it.user().equals(token.user())
                                                    && it.client().equals(token.client())
                                                    && it.audience().equals(token.audience()),
                                    _ -> false,
                                    false),
                            Optional.empty(),
                            () ->
                                    revocations.revokeFamilies(
                                            new Selection.OfApi(
                                                    token.user(), token.client(), token.audience()),
                                            Fixture.ADMIN));
            case 2 ->
                    new Ending(
                            kinship.end(_ -> false, it -> it.user().equals(user), false),
                            Optional.empty(),
                            () -> revocations.endSessions(user, Fixture.ADMIN));
            case 3 ->
                    new Ending(
                            kinship.end(
                                    it -> it.user().equals(user),
                                    it -> it.user().equals(user),
                                    false),
                            Optional.empty(),
                            () ->
                                    database.inTransaction(
                                            tx -> {
                                                tx.users().lockExclusive(user);
                                                return Revocations.endEverything(
                                                        tx, user, Cause.USER_BLOCKED);
                                            }));
            case 4 ->
                    new Ending(
                            kinship.end(
                                    it -> it.client().equals(token.client()), _ -> false, false),
                            Optional.empty(),
                            () ->
                                    database.inTransaction(
                                            tx -> Revocations.endFamilies(tx, token.client())));
            case 5 ->
                    new Ending(
                            kinship.end(
                                    it ->
                                            it.user().equals(user)
                                                    && it.organization()
                                                            .equals(Optional.of(Kinship.ACME)),
                                    _ -> false,
                                    false),
                            Optional.empty(),
                            () ->
                                    database.inTransaction(
                                            tx ->
                                                    Revocations.endMembership(
                                                            tx, user, Kinship.ACME)));
            case 6 -> {
                var id = login.orElseThrow().id();
                var preview = revocations.previewOf(id);
                yield new Ending(
                        kinship.end(_ -> false, it -> it.id().equals(id), true),
                        Optional.of(preview),
                        () -> revocations.revokeSession(id, Fixture.ADMIN));
            }
            default -> {
                var id = login.orElseThrow().id();
                yield new Ending(
                        kinship.end(_ -> false, it -> it.id().equals(id), false),
                        Optional.empty(),
                        () -> revocations.endSession(id, Fixture.ADMIN));
            }
        };
    }

    private static Ended sets(Receipt receipt) {
        var ended = new Ended();
        receipt.families().forEach(it -> ended.tokens().add(it.value()));
        receipt.sessions().forEach(it -> ended.logins().add(it.value()));
        receipt.transfers().forEach(it -> ended.tickets().add(it.value()));
        assertThat(receipt.families()).doesNotHaveDuplicates();
        assertThat(receipt.sessions()).doesNotHaveDuplicates();
        assertThat(new TreeSet<>(ended.tickets())).hasSameSizeAs(receipt.transfers());
        return ended;
    }
}
