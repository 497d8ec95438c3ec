package segue.storage;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.revocation.Cascade;
import segue.domain.revocation.Cascade.Ending;
import segue.domain.revocation.Cause;
import segue.domain.revocation.Reach;
import segue.domain.revocation.Receipt;
import segue.domain.secret.SecretHash;
import segue.domain.session.Session;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.FamilyTable;
import segue.storage.jdbc.Tx;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Ending things on request (contract native-to-web §8). Each is one transaction, and what its
/// receipt names is dead on every node when it returns (invariant I2).
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
                                .map(
                                        owner ->
                                                wholeGrant
                                                        ? revokeGrant(tx, owner, caller, origin)
                                                        : revoke(tx, owner, caller, origin))
                                .orElse(Receipt.NOTHING));
    }

    private static Receipt revoke(Tx tx, FamilyTable.Owner owner, Caller caller, Origin origin) {
        tx.users().lockShared(owner.user());
        tx.families().lockExclusive(owner.family());
        var receipt = Endings.endFamily(tx, owner.family(), owner.client(), Cause.REVOKED);
        if (!receipt.equals(Receipt.NOTHING))
            tx.log()
                    .append(
                            LogEvent.of("srrt", origin)
                                    .about(caller.id(), caller.name())
                                    .about(
                                            owner.user(),
                                            connection(tx, owner.user()),
                                            Optional.empty())
                                    .with("credential_id", owner.family().value()));
        return receipt;
    }

    private static ConnectionId connection(Tx tx, UserId user) {
        return tx.users().connection(user).orElseThrow();
    }

    private static Receipt revokeGrant(
            Tx tx, FamilyTable.Owner owner, Caller caller, Origin origin) {
        tx.users().lockShared(owner.user());
        var receipt = Receipt.NOTHING;
        for (var family : tx.families().liveOfGrant(owner)) {
            var sibling = tx.families().owner(family).orElseThrow();
            receipt = receipt.and(revoke(tx, sibling, caller, origin));
        }
        return receipt;
    }

    /// The event of whoever ended this, with what it was (THREATS T-41): all of it, also what went
    /// along because of something above it.
    static void report(Tx tx, LogEvent event, Receipt receipt) {
        tx.log()
                .append(
                        event.with("ended.sessions", ids(receipt.sessions()))
                                .with("ended.refresh_tokens", ids(receipt.families())));
    }

    private static String ids(List<?> ended) {
        return ended.stream().map(Object::toString).collect(Collectors.joining(" "));
    }

    private Receipt ending(LogEvent event, Function<Tx, Receipt> work) {
        return ending(
                tx -> {
                    var receipt = work.apply(tx);
                    if (!receipt.equals(Receipt.NOTHING)) report(tx, event, receipt);
                    return receipt;
                });
    }

    /// Ends families by id, with what hangs below them; unknown ones are passed over.
    ///
    /// @param event of whoever ends them; written if anything ended
    public Receipt revokeFamilies(List<FamilyId> families, LogEvent event) {
        return ending(
                event,
                tx -> {
                    var owners = families.stream().flatMap(it -> tx.families().owner(it).stream());
                    var ordered =
                            owners.sorted(Comparator.comparing(it -> it.family().value())).toList();
                    // All users before the first family: whoever ends several users goes from one
                    // to the next.
                    ordered.stream()
                            .map(FamilyTable.Owner::user)
                            .distinct()
                            .sorted(Comparator.comparing(UserId::value))
                            .forEach(tx.users()::lockShared);
                    var receipt = Receipt.NOTHING;
                    for (var owner : ordered) receipt = receipt.and(end(tx, owner, event));
                    return receipt;
                });
    }

    /// Ends all live families of a user, or those for one client.
    public Receipt revokeFamilies(UserId user, Optional<ClientId> client, LogEvent event) {
        return ending(
                event,
                tx -> {
                    tx.users().lockShared(user);
                    var receipt = Receipt.NOTHING;
                    for (var family :
                            client.map(of -> tx.families().liveOf(user, of))
                                    .orElseGet(() -> tx.families().liveOf(user)))
                        receipt =
                                receipt.and(
                                        end(tx, tx.families().owner(family).orElseThrow(), event));
                    return receipt;
                });
    }

    private static Receipt end(Tx tx, FamilyTable.Owner owner, LogEvent event) {
        tx.users().lockShared(owner.user());
        tx.families().lockExclusive(owner.family());
        var receipt = Endings.endFamily(tx, owner.family(), owner.client(), Cause.REVOKED);
        if (!receipt.equals(Receipt.NOTHING))
            tx.log()
                    .append(
                            event.as("srrt")
                                    .about(
                                            owner.user(),
                                            connection(tx, owner.user()),
                                            Optional.empty())
                                    .with("credential_id", owner.family().value()));
        return receipt;
    }

    /// The live session of a cookie, for asking before it ends.
    public Optional<Session> liveSession(SecretHash cookie) {
        return database.read(
                tx -> tx.sessions().find(cookie).filter(session -> session.isLiveAt(tx.now())));
    }

    /// Ends the session of a cookie: logout. Empty if it has none that lives.
    public Optional<Session> logOut(SecretHash cookie, Optional<Caller> caller, Origin origin) {
        return database.inTransaction(
                tx -> {
                    var seen = tx.sessions().find(cookie);
                    seen.ifPresent(session -> tx.users().lockShared(session.user()));
                    var session =
                            seen.flatMap(_ -> tx.sessions().lockExclusive(cookie))
                                    .filter(it -> it.isLiveAt(tx.now()));
                    session.ifPresent(
                            it -> {
                                Endings.endSession(tx, it.id(), Cause.LOGGED_OUT);
                                var event =
                                        LogEvent.of("slo", origin)
                                                .described("User successfully logged out")
                                                .about(it.user(), it.connection(), Optional.empty())
                                                .with("session_id", it.id().value());
                                tx.log()
                                        .append(
                                                caller.map(by -> event.about(by.id(), by.name()))
                                                        .orElse(event));
                            });
                    return session;
                });
    }

    /// `DELETE /sessions/{id}`: the session and the refresh tokens that are bound to it.
    public Receipt endSession(SessionId id, LogEvent event) {
        return ending(
                event,
                tx -> {
                    lock(tx, id);
                    return Endings.endSession(tx, id, Cause.REVOKED);
                });
    }

    /// `DELETE /users/{id}/sessions`.
    public Receipt endSessions(UserId user, LogEvent event) {
        return ending(
                event,
                tx -> {
                    tx.users().lockShared(user);
                    var receipt = Receipt.NOTHING;
                    for (var session : tx.sessions().liveOf(user)) {
                        tx.sessions().lockExclusive(session);
                        receipt = receipt.and(Endings.endSession(tx, session, Cause.REVOKED));
                    }
                    return receipt;
                });
    }

    /// `POST /sessions/{id}/revoke`: the session and every refresh token that was issued in it.
    public Receipt revokeSession(SessionId id, LogEvent event) {
        return ending(
                event,
                tx -> {
                    var receipt = Receipt.NOTHING;
                    var user = tx.sessions().find(id).map(Session::user);
                    user.ifPresent(tx.users()::lockShared);
                    if (Cascade.of(new Ending.SessionRevoked())
                            .contains(Reach.ALL_FAMILIES_OF_THE_SESSION))
                        // Families before the session, in the one lock order.
                        for (var family : tx.families().liveOf(id))
                            receipt =
                                    receipt.and(
                                            end(
                                                    tx,
                                                    tx.families().owner(family).orElseThrow(),
                                                    event));
                    tx.sessions().lockExclusive(id);
                    // What was issued between our look and our lock.
                    for (var family : tx.families().liveOf(id))
                        receipt =
                                receipt.and(
                                        end(tx, tx.families().owner(family).orElseThrow(), event));
                    return receipt.and(Endings.endSession(tx, id, Cause.REVOKED));
                });
    }

    private static void lock(Tx tx, SessionId id) {
        tx.sessions().find(id).map(Session::user).ifPresent(tx.users()::lockShared);
        tx.sessions().lockExclusive(id);
    }

    /// Ends everything of a user whose row the transaction has locked exclusively.
    static Receipt endEverything(Tx tx, UserId user, Cause cause) {
        var receipt = Receipt.NOTHING;
        for (var family : tx.families().liveOf(user)) {
            var owner = tx.families().owner(family).orElseThrow();
            tx.families().lockExclusive(family);
            receipt = receipt.and(Endings.endFamily(tx, family, owner.client(), cause));
        }
        for (var session : tx.sessions().liveOf(user)) {
            tx.sessions().end(session, cause);
            receipt = receipt.and(new Receipt(List.of(session), List.of()));
        }
        return receipt;
    }

    /// Ends the families that a user has through an organization.
    static Receipt endMembership(Tx tx, UserId user, OrganizationId organization) {
        tx.users().lockExclusive(user);
        var receipt = Receipt.NOTHING;
        for (var family : tx.families().liveOf(user, organization)) {
            var owner = tx.families().owner(family).orElseThrow();
            tx.families().lockExclusive(family);
            receipt =
                    receipt.and(
                            Endings.endFamily(tx, family, owner.client(), Cause.MEMBERSHIP_ENDED));
        }
        return receipt;
    }

    /// Ends every family of a client that is about to be deleted; its flag decides the cascade.
    /// Sessions live.
    static Receipt endFamilies(Tx tx, ClientId client) {
        var receipt = Receipt.NOTHING;
        for (var family : tx.families().liveOf(client)) {
            tx.families().lockExclusive(family);
            receipt = receipt.and(Endings.endFamily(tx, family, client, Cause.CLIENT_DELETED));
        }
        return receipt;
    }
}
