package segue.storage;

import segue.domain.action.TokenExchangeRuling;
import segue.domain.action.TokenExchangeVerdict;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.user.UserState;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;
import segue.storage.jdbc.UserDirectory.Keys;
import segue.storage.jdbc.UserDirectory.Row;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/// Custom token exchange after its Action has spoken (contract authentication-api §4.7): whose
/// tokens it will be, or that there will be none. [SignIns#grant] issues them.
public final class TokenExchanges {
    private static final Duration WINDOW = Duration.ofMinutes(15);

    /// Under which bad subject tokens are counted; no user and no login is called so.
    private static final String ACCOUNT = "subject-token";

    private final Database database;

    public TokenExchanges(Database database) {
        this.database = database;
    }

    /// When somebody may try again from whose address too many bad subject tokens came. They are
    /// counted when the Action has judged them and not before, unlike passwords: a server that
    /// exchanges good tokens for many users at once would run into the limit otherwise, and nobody
    /// guesses a subject token.
    ///
    /// @param limit bad subject tokens per address in fifteen minutes
    public Optional<Backoff> backoff(Origin origin, int limit) {
        return database.read(
                tx ->
                        tx.attempts()
                                .counted(ACCOUNT, Attempts.network(origin), WINDOW)
                                .filter(it -> it.attempts() >= limit)
                                .map(it -> new Backoff(limit, tx.now(), it.since().plus(WINDOW))));
    }

    /// A request that was judged.
    public record Judged(
            Caller caller,
            String subjectTokenType,
            Optional<String> audience,
            String scope,
            TokenExchangeVerdict verdict,
            Origin origin) {}

    /// Records that there will be no tokens, and counts a bad subject token.
    public void refuse(Judged judged, TokenExchangeRuling.Refused refusal) {
        database.inTransaction(
                tx -> {
                    record(tx, judged);
                    if (refusal.reason() == TokenExchangeRuling.Reason.INVALID_SUBJECT_TOKEN)
                        tx.attempts().count(ACCOUNT, Attempts.network(judged.origin()), WINDOW);
                    var event = failed(judged).described(refusal.description());
                    tx.log().append(event.with("error.oauthError", refusal.error()));
                    judged.verdict()
                            .failure()
                            .ifPresent(it -> tx.log().append(Hearing.failed(event, it)));
                    return true;
                });
    }

    private static void record(Tx tx, Judged judged) {
        var execution = judged.verdict().execution();
        tx.actions().recordExecution(execution.id(), execution.trigger(), execution.document());
    }

    private static LogEvent failed(Judged judged) {
        return LogEvent.of("fecte", judged.origin())
                .about(judged.caller().id(), judged.caller().name())
                .asking(judged.audience(), Optional.of(judged.scope()))
                .with("subject_token_type", judged.subjectTokenType())
                .ranIn(judged.verdict().execution().id());
    }

    /// What is stored of a user.
    public record Stored(Keys keys, String document) {}

    /// Whom an Action vouches for.
    ///
    /// @param connection that they must be of, empty for any
    /// @param email that they must have if they are there already
    /// @param username that they must have if they are there already
    /// @param fresh what is stored if they aren't there, empty if they must be
    /// @param renewed what becomes of the document that is there, empty for no change
    public record Subject(
            UserId user,
            Optional<ConnectionId> connection,
            Optional<String> email,
            Optional<String> username,
            Optional<Stored> fresh,
            Optional<Function<String, Stored>> renewed) {}

    /// What came of it.
    public enum Identified {
        /// They are there, and may sign in.
        KNOWN(""),
        UNKNOWN("The user does not exist."),
        /// Another user has the id, the e-mail address or the user name, or had the id.
        TAKEN("The user can't be created: the id or the login belongs to another."),
        /// They are there under another e-mail address or user name.
        MISMATCH("The email or the username is not that of the user."),
        BLOCKED("user is blocked"),
        CONNECTION_DISABLED("the connection is not enabled for the client"),
        NOT_A_MEMBER("not part of the organization");

        private final String text;

        Identified(String text) {
            this.text = text;
        }

        /// In words.
        public String text() {
            return text;
        }
    }

    /// Finds the user, or creates or changes them if that is wanted, and records the run. All that
    /// speaks against it is asked first, so that a refusal leaves nothing behind.
    ///
    /// @param organization in which the user signs in
    public Identified identify(
            Judged judged, Subject subject, Optional<OrganizationId> organization) {
        return database.inTransaction(
                tx -> {
                    record(tx, judged);
                    var identified = identify(tx, judged.caller(), subject, organization);
                    if (identified != Identified.KNOWN)
                        tx.log().append(failed(judged).described(identified.text()));
                    return identified;
                });
    }

    private static Identified identify(
            Tx tx, Caller caller, Subject subject, Optional<OrganizationId> organization) {
        var state =
                subject.renewed().isPresent()
                        ? tx.users().lockExclusive(subject.user())
                        : tx.users().lockShared(subject.user());
        var there = tx.directory().find(subject.user());
        var connection = there.map(Row::connection).or(subject::connection);
        if (connection.isEmpty()) return Identified.UNKNOWN;
        if (subject.connection().filter(it -> !it.equals(connection.get())).isPresent())
            return Identified.TAKEN;
        if (there.isEmpty() && subject.fresh().isEmpty()) return Identified.UNKNOWN;
        if (there.filter(it -> !isOf(subject, it.keys())).isPresent()) return Identified.MISMATCH;
        if (state.get() == UserState.BLOCKED) return Identified.BLOCKED;
        if (!tx.users().isEnabled(connection.get(), caller.id(), organization))
            return Identified.CONNECTION_DISABLED;
        if (!organization
                .map(of -> tx.users().mayBelong(subject.user(), connection.get(), of))
                .orElse(true)) return Identified.NOT_A_MEMBER;
        if (there.isPresent()
                ? isRenewed(tx, subject, there.get())
                : isCreated(tx, subject, connection.get())) return Identified.KNOWN;
        // Somebody may have created or changed the same user at the same time.
        return tx.directory().find(subject.user()).isPresent()
                ? identify(tx, caller, subject, organization)
                : Identified.TAKEN;
    }

    private static boolean isOf(Subject subject, Keys keys) {
        return isSame(subject.email(), keys.email()) && isSame(subject.username(), keys.username());
    }

    private static boolean isSame(Optional<String> named, Optional<String> stored) {
        return named.map(it -> stored.equals(Optional.of(it.toLowerCase(Locale.ROOT))))
                .orElse(true);
    }

    private static boolean isRenewed(Tx tx, Subject subject, Row there) {
        return subject.renewed()
                .map(it -> it.apply(there.document()))
                .filter(it -> !it.document().equals(there.document()))
                .map(
                        it ->
                                tx.directory()
                                        .update(
                                                there.id(),
                                                it.keys(),
                                                there.document(),
                                                it.document()))
                .orElse(true);
    }

    private static boolean isCreated(Tx tx, Subject subject, ConnectionId connection) {
        var fresh = subject.fresh().orElseThrow();
        return tx.directory().insert(subject.user(), connection, fresh.keys(), fresh.document());
    }
}
