package segue.storage;

import segue.domain.secret.SecretHash;
import segue.domain.token.Link;
import segue.domain.token.Rotate;
import segue.domain.token.Rotation;
import segue.domain.token.TokenFamily;
import segue.domain.user.UserState;
import segue.storage.jdbc.AccessTokenTable;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;

import java.time.Instant;
import java.util.Optional;

/// Whether a token is good at this moment (RFC 7662). Asking changes nothing: a refresh token that
/// was rotated away ends no family by being asked about.
public final class Introspections {
    private final Database database;

    public Introspections(Database database) {
        this.database = database;
    }

    /// A refresh token that would be accepted.
    public record Refreshable(TokenFamily family, Instant issuedAt) {}

    /// Empty if this client would be refused with it now. A key that it is bound to isn't asked
    /// for: the caller says what it holds, and doesn't use it.
    public Optional<Refreshable> refreshToken(SecretHash token, Caller caller) {
        return database.read(
                tx ->
                        tx.families()
                                .owner(token)
                                .filter(owner -> owner.client().equals(caller.id()))
                                .flatMap(owner -> tx.families().seen(owner.family()))
                                .flatMap(shown -> tx.families().link(token, shown.family()))
                                .filter(link -> isGood(tx, link, caller))
                                .flatMap(link -> refreshable(tx, token, link)));
    }

    private static boolean isGood(Tx tx, Link link, Caller caller) {
        var family = link.family();
        var user = tx.users().activeProfile(family.user()).map(_ -> UserState.ACTIVE);
        var facts =
                new Rotate.Facts(
                        Optional.of(link),
                        caller.id(),
                        family.boundTo(),
                        caller.refresh(),
                        user.orElse(UserState.GONE),
                        Families.sessionIsLive(tx, family, caller));
        return switch (Rotate.decide(facts, tx.now())) {
            case Rotation.Successor _, Rotation.Sibling _, Rotation.Unchanged _ -> true;
            case Rotation.Refused _, Rotation.Replayed _ -> false;
        };
    }

    private static Optional<Refreshable> refreshable(Tx tx, SecretHash token, Link link) {
        return tx.families().issuedAt(token).map(at -> new Refreshable(link.family(), at));
    }

    /// An opaque access token that `/userinfo` would accept, whoever it was issued to.
    public Optional<AccessTokenTable.Issued> accessToken(SecretHash token) {
        return database.read(
                tx ->
                        tx.accessTokens()
                                .findLive(token)
                                .filter(
                                        issued ->
                                                tx.users()
                                                        .activeProfile(issued.token().user())
                                                        .isPresent()));
    }
}
