package segue.storage;

import segue.domain.action.Policy;
import segue.domain.action.Rule;
import segue.domain.action.Ruling;
import segue.domain.action.Verdict;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.domain.revocation.Cause;
import segue.domain.revocation.Receipt;
import segue.domain.session.SessionLimits;
import segue.domain.token.TokenTerms;
import segue.domain.user.UserState;
import segue.storage.jdbc.FamilyTable;
import segue.storage.jdbc.SessionTable;
import segue.storage.jdbc.Tx;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/// What Actions decided, inside the transaction that completes a sign-in.
final class Hearing {
    private final Tx tx;
    private final Policy.Heard heard;

    Hearing(Tx tx, Policy.Heard heard) {
        this.tx = tx;
        this.heard = heard;
    }

    /// Locks a user as the policy needs them.
    static Supplier<UserState> lock(Tx tx, UserId user, Policy policy) {
        return takesUserAlone(policy)
                ? tx.users().lockExclusive(user)
                : tx.users().lockShared(user);
    }

    /// Whether nobody else may read or change the user meanwhile.
    static boolean takesUserAlone(Policy policy) {
        return policy instanceof Policy.Heard heard && heard.takesUserAlone();
    }

    /// Carries out what concerns no session and no token, records the run, and tells what it comes
    /// to.
    ///
    /// @param event names the client and where the request came from
    Ruling ruling(
            Optional<Rule.SessionFacts> session,
            Rule.RefreshTokenFacts refreshToken,
            UserId user,
            LogEvent event) {
        var verdict = heard.verdict();
        var facts = new Rule.Facts(session, refreshToken, heard.isForManagementApi());
        tx.actions()
                .recordExecution(
                        verdict.execution().id(),
                        verdict.execution().trigger(),
                        verdict.execution().document());
        var ruling = verdict.ruling(facts);
        switch (ruling) {
            case Ruling.Allowed(var terms) -> {
                changeUser(user);
                for (var text : terms.warnings())
                    tx.log().append(heard(event.as("w").described(text)));
            }
            case Ruling.Denied denied -> {
                if (denied.keepsUserChanges()) changeUser(user);
            }
            case Ruling.Redirected _ -> {}
        }
        verdict.failure().ifPresent(failure -> tx.log().append(failed(heard(event), failure)));
        return ruling;
    }

    private void changeUser(UserId user) {
        if (!heard.changesUser()) return;
        var document = tx.users().person(user).orElseThrow().document();
        tx.users().putDocument(user, heard.user().apply(document));
    }

    /// Contract actions §6.1.
    ///
    /// @param event with the run
    static LogEvent failed(LogEvent event, Verdict.Failure failure) {
        var failed =
                event.as("actions_execution_failed")
                        .described("Action execution failed")
                        .with("error_class", failure.errorClass())
                        .with("action_error.code", failure.code())
                        .with("action_error.message", failure.message())
                        .with("action_error.name", failure.name())
                        .with("action_error.stack", failure.stack());
        return failure.action().map(name -> failed.with("action_name", name)).orElse(failed);
    }

    /// The event with the run that it depended on.
    LogEvent heard(LogEvent event) {
        return event.ranIn(heard.verdict().execution().id());
    }

    /// What the ruling needs to know of a session.
    ///
    /// @param limits that the tenant sets for it
    static Rule.SessionFacts facts(SessionTable.Shown shown, SessionLimits limits, Instant now) {
        var session = shown.session();
        var latest = session.createdAt().plus(limits.absolute());
        var idle = now.plus(limits.idle());
        return new Rule.SessionFacts(
                shown.metadata(), latest, idle.isBefore(latest) ? idle : latest);
    }

    /// What the ruling needs to know of a session in which a refresh token was issued: an exchange
    /// is no use of it, so that it can only be shortened.
    static Rule.SessionFacts asItStands(SessionTable.Shown shown) {
        return new Rule.SessionFacts(
                shown.metadata(), shown.session().expiresAt(), shown.session().idleExpiresAt());
    }

    /// Changes a session outside its browser as Actions want it.
    void govern(SessionTable.Shown shown, Ruling.Terms terms) {
        var governed = shown.session().under(terms);
        if (!governed.equals(shown.session())) tx.sessions().limit(governed);
        terms.sessionMetadata().ifPresent(it -> tx.sessions().putMetadata(governed.id(), it));
    }

    /// Ends a session because an Action says so.
    ///
    /// @param isAlone whether the refresh tokens that were issued in it live on
    Receipt revoke(SessionId session, boolean isAlone, LogEvent event) {
        var receipt =
                isAlone
                        ? Endings.endSessions(tx, List.of(session), Cause.ACTION)
                        : Endings.revokeSession(tx, session);
        tx.log()
                .append(
                        heard(event.as("session_revoked"))
                                .with("session_id", session.value())
                                .with(receipt));
        return receipt;
    }

    /// What the ruling needs to know of a refresh token that may be issued.
    static Rule.RefreshTokenFacts future(Caller caller, Instant now) {
        return new Rule.RefreshTokenFacts(
                false,
                new TreeMap<>(),
                caller.refresh().lifetime().map(now::plus),
                caller.refresh().idle().map(now::plus));
    }

    /// What the ruling needs to know of a refresh token that is being exchanged.
    static Rule.RefreshTokenFacts presented(FamilyTable.Shown shown, Caller caller, Instant now) {
        return new Rule.RefreshTokenFacts(
                true,
                shown.metadata(),
                shown.family().expiresAt(),
                caller.refresh().idle().map(now::plus));
    }

    /// What is kept for the tokens that a code will bring.
    static TokenTerms tokens(Ruling.Terms terms) {
        return new TokenTerms(
                terms.idTokenClaims(),
                terms.accessTokenClaims(),
                terms.refreshTokenExpiresAt(),
                terms.refreshTokenIdleExpiresAt(),
                terms.refreshTokenMetadata().orElseGet(TreeMap::new));
    }
}
