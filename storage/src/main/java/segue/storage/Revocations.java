package segue.storage;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.revocation.Cause;
import segue.domain.revocation.Receipt;
import segue.domain.secret.SecretHash;
import segue.domain.session.Session;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.FamilyTable;
import segue.storage.jdbc.SessionTable;
import segue.storage.jdbc.Tx;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Ending things on request (contract native-to-web §8). Each is one transaction, and what its
/// receipt names is dead on every node when it returns (invariant I2). What ends much of one user
/// locks the user's row exclusively, so that nothing new comes up meanwhile.
public final class Revocations {
    private final Database database;
    private final Observer observer;

    public Revocations(Database database, Observer observer) {
        this.database = database;
        this.observer = observer;
    }

    private Receipt ending(Function<Tx, Receipt> work) {
        var receipt = database.inTransaction(work);
        observer.ended(receipt);
        return receipt;
    }

    /// The same, reported in the tenant log if there is anything to report.
    private Receipt ending(LogEvent event, Function<Tx, Receipt> work) {
        return ending(
                tx -> {
                    var receipt = work.apply(tx);
                    if (!receipt.isEmpty()) tx.log().append(event.with(receipt));
                    return receipt;
                });
    }

    /// `/oauth/revoke`: ends the family of a refresh token of this client. Somebody else's token
    /// and an unknown one end nothing (RFC 7009 §2.2).
    ///
    /// @param wholeGrant the tenant's `revoke_refresh_token_grant`: all families of the same user,
    ///   client and API
    public Receipt revokeToken(SecretHash token, Caller caller, boolean wholeGrant, Origin origin) {
        return ending(
                tx ->
                        tx.families()
                                .owner(token)
                                .filter(owner -> owner.client().equals(caller.id()))
                                .map(owner -> revoke(tx, owner, caller, wholeGrant, origin))
                                .orElse(Receipt.NOTHING));
    }

    private static Receipt revoke(
            Tx tx, FamilyTable.Owner owner, Caller caller, boolean wholeGrant, Origin origin) {
        var receipt = wholeGrant ? endGrant(tx, owner) : end(tx, owner);
        if (!receipt.isEmpty()) {
            var event = LogEvent.of("srrt", origin).about(caller.id(), caller.name());
            tx.log().append(naming(tx, owner, event).with(receipt));
        }
        return receipt;
    }

    private static Receipt end(Tx tx, FamilyTable.Owner owner) {
        tx.users().lockShared(owner.user());
        tx.families().lockExclusive(owner.family());
        return Endings.endFamilies(tx, List.of(owner.family()), Cause.REVOKED);
    }

    private static Receipt endGrant(Tx tx, FamilyTable.Owner owner) {
        tx.users().lockExclusive(owner.user());
        var audience = tx.families().lockExclusive(owner.family()).orElseThrow().audience();
        return Endings.endFamilies(
                tx, tx.families().lockOf(owner.user(), owner.client(), audience), Cause.REVOKED);
    }

    /// Ends families by id, with what hangs below them; unknown ones are passed over.
    public Receipt revokeFamilies(List<FamilyId> families, LogEvent event) {
        return ending(
                event,
                tx -> {
                    var receipt = endAll(tx, families);
                    reportEach(tx, families, receipt, event);
                    return receipt;
                });
    }

    /// One event for each refresh token that was meant, beside the one for the call.
    private static void reportEach(Tx tx, List<FamilyId> meant, Receipt receipt, LogEvent event) {
        for (var family : meant)
            if (receipt.families().contains(family)) {
                var owner = tx.families().owner(family).orElseThrow();
                tx.log().append(naming(tx, owner, event.as("srrt")));
            }
    }

    /// Contract native-to-web §10.2: the refresh token, and the grant that it lived by.
    private static LogEvent naming(Tx tx, FamilyTable.Owner owner, LogEvent event) {
        var named =
                event.about(
                                owner.user(),
                                tx.users().connection(owner.user()).orElseThrow(),
                                Optional.empty())
                        .with("credential_id", owner.family().value());
        return tx.grants()
                .behind(owner.family())
                .map(grant -> named.with("grant_id", grant.value()))
                .orElse(named);
    }

    private static Receipt endAll(Tx tx, List<FamilyId> families) {
        var owners =
                families.stream()
                        .distinct()
                        .flatMap(family -> tx.families().owner(family).stream())
                        .toList();
        // All users before all families: the one lock order, across users too.
        owners.stream()
                .map(FamilyTable.Owner::user)
                .distinct()
                .sorted(Comparator.comparing(UserId::value))
                .forEach(tx.users()::lockExclusive);
        var locked =
                owners.stream()
                        .map(FamilyTable.Owner::family)
                        .sorted(Comparator.comparing(FamilyId::value))
                        .toList();
        locked.forEach(tx.families()::lockExclusive);
        return Endings.endFamilies(tx, locked, Cause.REVOKED);
    }

    /// Which refresh tokens of a user are meant.
    public sealed interface Selection {
        /// Whose they are.
        UserId user();

        /// All of them.
        record OfUser(UserId user) implements Selection {}

        /// Those of one client.
        record OfClient(UserId user, ClientId client) implements Selection {}

        /// Those of one client for one API.
        ///
        /// @param audience empty: those without an API
        record OfApi(UserId user, ClientId client, Optional<String> audience)
                implements Selection {}
    }

    /// Ends the live families that are selected.
    public Receipt revokeFamilies(Selection selection, LogEvent event) {
        return ending(
                event,
                tx -> {
                    tx.users().lockExclusive(selection.user());
                    var families = lock(tx, selection);
                    var receipt = Endings.endFamilies(tx, families, Cause.REVOKED);
                    reportEach(tx, families, receipt, event);
                    return receipt;
                });
    }

    private static List<FamilyId> lock(Tx tx, Selection selection) {
        return switch (selection) {
            case Selection.OfUser(var user) -> tx.families().lockOf(user);
            case Selection.OfClient(var user, var client) -> tx.families().lockOf(user, client);
            case Selection.OfApi(var user, var client, var audience) ->
                    tx.families().lockOf(user, client, audience);
        };
    }

    /// What [#revokeFamilies] of this one family would end now.
    public Receipt previewOf(FamilyId family) {
        return database.rehearse(tx -> endAll(tx, List.of(family)));
    }

    /// What [#revokeSession] would end now.
    public Receipt previewOf(SessionId session) {
        return database.rehearse(tx -> revoke(tx, session));
    }

    /// Looks at some sessions that may have expired since they were looked at, and ends those whose
    /// time is over, so that what is bound to them ends and their clients hear of it. Nothing
    /// depends on when this happens: an expired session doesn't work.
    ///
    /// @return what ended; empty if there was nothing to look at
    public Optional<Receipt> expireSessions(int most) {
        var receipt =
                database.inTransaction(
                        tx -> {
                            var due = tx.sessions().lockDue(most);
                            tx.sessions().postpone(which(due, false));
                            var ended = Endings.endSessions(tx, which(due, true), Cause.EXPIRED);
                            return due.isEmpty() ? Optional.<Receipt>empty() : Optional.of(ended);
                        });
        receipt.ifPresent(observer::ended);
        return receipt;
    }

    private static List<SessionId> which(List<SessionTable.Due> due, boolean haveExpired) {
        return due.stream()
                .filter(it -> it.hasExpired() == haveExpired)
                .map(SessionTable.Due::id)
                .toList();
    }

    /// The live session of a cookie, for asking before it ends.
    public Optional<Session> liveSession(SecretHash cookie) {
        return database.read(
                tx -> tx.sessions().find(cookie).filter(session -> session.isLiveAt(tx.now())));
    }

    /// Ends the session of a cookie: logout. Empty if it has none that lives. One that waits for
    /// Actions ends too, or it would come to life afterwards (invariant I2).
    public Optional<Session> logOut(SecretHash cookie, Optional<Caller> caller, Origin origin) {
        var loggedOut =
                database.inTransaction(
                        tx -> {
                            var seen = tx.sessions().find(cookie);
                            seen.ifPresent(session -> tx.users().lockShared(session.user()));
                            return seen.flatMap(_ -> tx.sessions().lockExclusive(cookie))
                                    .filter(session -> session.isStandingAt(tx.now()))
                                    .map(session -> logOut(tx, session, caller, origin));
                        });
        loggedOut.map(LoggedOut::receipt).ifPresent(observer::ended);
        return loggedOut.map(LoggedOut::session);
    }

    private record LoggedOut(Session session, Receipt receipt) {}

    private static LoggedOut logOut(
            Tx tx, Session session, Optional<Caller> caller, Origin origin) {
        var receipt = Endings.endSessions(tx, List.of(session.id()), Cause.LOGGED_OUT);
        var event =
                LogEvent.of("slo", origin)
                        .described("User successfully logged out")
                        .about(session.user(), session.connection(), Optional.empty())
                        .with("session_id", session.id().value())
                        .with(receipt);
        tx.log().append(caller.map(by -> event.about(by.id(), by.name())).orElse(event));
        return new LoggedOut(session, receipt);
    }

    /// `DELETE /sessions/{id}`: the session and the refresh tokens that are bound to it.
    public Receipt endSession(SessionId id, LogEvent event) {
        return ending(event, tx -> end(tx, id));
    }

    private static Receipt end(Tx tx, SessionId id) {
        tx.sessions().find(id).map(Session::user).ifPresent(tx.users()::lockShared);
        tx.sessions().lockExclusive(id);
        return Endings.endSessions(tx, List.of(id), Cause.REVOKED);
    }

    /// `DELETE /users/{id}/sessions`.
    public Receipt endSessions(UserId user, LogEvent event) {
        return ending(
                event,
                tx -> {
                    tx.users().lockExclusive(user);
                    return Endings.endSessions(tx, tx.sessions().lockOf(user), Cause.REVOKED);
                });
    }

    /// `POST /sessions/{id}/revoke`: the session and every refresh token that was issued in it. A
    /// session that has ended before ends nothing more.
    public Receipt revokeSession(SessionId id, LogEvent event) {
        return ending(event, tx -> revoke(tx, id));
    }

    private static Receipt revoke(Tx tx, SessionId id) {
        tx.sessions().find(id).map(Session::user).ifPresent(tx.users()::lockExclusive);
        return tx.sessions()
                .lockExclusive(id)
                .filter(session -> !session.ended())
                .map(session -> Endings.revokeSession(tx, session.id()))
                .orElse(Receipt.NOTHING);
    }

    /// `POST /users/{id}/revoke-access` without a session: everything that the user has, or only
    /// their sessions.
    public Receipt revokeAccess(UserId user, boolean keepsRefreshTokens, LogEvent event) {
        if (keepsRefreshTokens) return endSessions(user, event);
        return ending(
                event,
                tx -> {
                    tx.users().lockExclusive(user);
                    return endEverything(tx, user, Cause.REVOKED);
                });
    }

    /// Ends everything of a user whose row the transaction has locked exclusively.
    static Receipt endEverything(Tx tx, UserId user, Cause cause) {
        return Endings.endEverything(
                tx, tx.families().lockOf(user), tx.sessions().lockOf(user), cause);
    }

    /// Ends the families that a user has through an organization.
    static Receipt endMembership(Tx tx, UserId user, OrganizationId organization) {
        tx.users().lockExclusive(user);
        var families = tx.families().lockOf(user, organization);
        return Endings.endFamilies(tx, families, Cause.MEMBERSHIP_ENDED);
    }

    /// Ends every family of a client that is about to be deleted; its flag decides the cascade.
    /// Sessions live.
    static Receipt endFamilies(Tx tx, ClientId client) {
        return Endings.endFamilies(tx, tx.families().lockOf(client), Cause.CLIENT_DELETED);
    }
}
