package segue.storage;

import segue.domain.grant.UserGrant;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.GrantId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.revocation.Cause;
import segue.domain.secret.SecretHash;
import segue.domain.session.Session;
import segue.domain.token.AccessTokenLifetimes;
import segue.domain.token.AccessTokenRecord;
import segue.domain.token.AuthorizationCode;
import segue.domain.token.RedeemCode;
import segue.domain.token.RefreshScope;
import segue.domain.token.TokenFamily;
import segue.domain.user.UserState;
import segue.storage.jdbc.ClientTable;
import segue.storage.jdbc.CodeTable;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;
import segue.storage.jdbc.UserTable;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// The `authorization_code` grant, and the end of the one by device code, which stands for such a
/// code.
public final class Codes {
    private final Database database;

    public Codes(Database database) {
        this.database = database;
    }

    /// A code presented for tokens.
    ///
    /// @param redirectUri as the token request repeats it
    /// @param challenge S256 of the `code_verifier` that was sent
    /// @param family the id of a refresh-token family, used if the code is for one
    /// @param refreshToken the hash of its first token
    /// @param grant the id under which it is remembered what the user allowed, used if it is new
    /// @param accessToken the hash of an opaque access token; if the code is for an API, the
    ///   identifier of what is kept of its token
    /// @param lifetimes of access tokens
    public record Exchange(
            SecretHash code,
            Caller caller,
            Optional<String> redirectUri,
            Optional<String> challenge,
            RefreshScope.Target target,
            FamilyId family,
            SecretHash refreshToken,
            GrantId grant,
            SecretHash accessToken,
            AccessTokenLifetimes lifetimes,
            Origin origin) {
        /// The same of another code.
        Exchange of(SecretHash other) {
            return new Exchange(
                    other,
                    caller,
                    redirectUri,
                    challenge,
                    target,
                    family,
                    refreshToken,
                    grant,
                    accessToken,
                    lifetimes,
                    origin);
        }
    }

    /// By what a client holds the code that it exchanges.
    enum Held {
        DIRECTLY("eacft", "Invalid authorization code"),
        BY_DEVICE_CODE("ede", "Invalid or expired device code.");

        private final String event;
        private final String invalid;

        /// @param event its type in the tenant log, without what tells success from failure
        Held(String event, String invalid) {
            this.event = event;
            this.invalid = invalid;
        }
    }

    /// What came of it.
    public sealed interface Exchanged {
        /// The tokens are valid.
        ///
        /// @param profile of the user, as it was under the lock
        record Granted(AuthorizationCode code, Session session, UserTable.Profile profile)
                implements Exchanged {}

        /// Refused; the code is burnt.
        record Refused(RedeemCode.Refusal reason) implements Exchanged {}
    }

    /// Claims the code before judging it, and issues in the same transaction.
    public Exchanged exchange(Exchange exchange) {
        return database.inTransaction(tx -> exchange(tx, exchange, Held.DIRECTLY));
    }

    static Exchanged exchange(Tx tx, Exchange exchange, Held held) {
        var found = tx.codes().find(exchange.code());
        var code = found.map(CodeTable.Found::code);
        var user = code.map(it -> tx.users().lockShared(it.user()));
        var parent = code.flatMap(AuthorizationCode::parent);
        var family = parent.map(tx.families()::lockShared);
        var standing = code.map(it -> tx.sessions().lockShared(it.session()));
        var claim = found.map(_ -> tx.codes().claim(exchange.code()));
        var known = code.map(it -> Known.ask(tx, it));
        var session = standing.flatMap(Supplier::get);
        var parentEnded = family.flatMap(Supplier::get).filter(it -> ended(tx, it)).isPresent();
        var facts =
                new RedeemCode.Facts(
                        code,
                        claim.map(it -> !it.get()).orElse(false),
                        exchange.caller().id(),
                        exchange.redirectUri(),
                        exchange.challenge(),
                        exchange.caller().key(),
                        exchange.target(),
                        user.map(Supplier::get).orElse(UserState.GONE),
                        session,
                        // What its end meant for a session that it opened was decided
                        // then, by the flag that its client had.
                        parentEnded && !session.flatMap(Session::parent).equals(parent),
                        known.map(Known::isMember).map(Supplier::get).orElse(false));
        return switch (RedeemCode.decide(facts, tx.now())) {
            case RedeemCode.Outcome.Accepted(var accepted, var live) ->
                    grant(tx, accepted, live, known.orElseThrow(), exchange, held);
            case RedeemCode.Outcome.Refused(var reason) ->
                    refuse(tx, reason, found, session, exchange, held);
        };
    }

    /// A parent that merely expired leaves what it opened alive (THREATS decision 15).
    private static boolean ended(Tx tx, TokenFamily parent) {
        return parent.cause().isPresent()
                && tx.clients()
                        .flags(parent.client())
                        .map(ClientTable.Flags::cascades)
                        .orElse(true);
    }

    /// What is asked about a code's user together with its claim, so that issuing waits for nothing
    /// more.
    ///
    /// @param profile empty if they aren't active
    /// @param surplus the families that another one makes too many
    /// @param seen what they had allowed the client before
    private record Known(
            Supplier<Optional<UserTable.Profile>> profile,
            Supplier<Boolean> isMember,
            Supplier<List<FamilyId>> surplus,
            Supplier<Optional<UserGrant>> seen) {
        static Known ask(Tx tx, AuthorizationCode code) {
            var request = code.request();
            return new Known(
                    tx.users().askActiveProfile(code.user()),
                    request.organization()
                            .map(of -> tx.users().askIsMember(code.user(), of))
                            .orElse(() -> true),
                    code.offline() ? Families.askSurplus(tx, code.user(), code.client()) : List::of,
                    isRemembered(code)
                            ? tx.grants().ask(code.user(), code.client(), request.audience())
                            : Optional::empty);
        }
    }

    private static boolean isRemembered(AuthorizationCode code) {
        return code.offline() || code.request().audience().isPresent();
    }

    private static Exchanged grant(
            Tx tx,
            AuthorizationCode code,
            Session session,
            Known known,
            Exchange exchange,
            Held held) {
        var family = code.offline() ? Optional.of(exchange.family()) : Optional.<FamilyId>empty();
        family.ifPresent(
                id -> {
                    Families.start(
                            tx,
                            family(id, code, session, exchange.caller(), tx.now()),
                            exchange.origin().device(),
                            exchange.refreshToken(),
                            code.terms().refreshTokenMetadata(),
                            known.surplus().get());
                    tx.codes().recordFamily(exchange.code(), id);
                });
        if (isRemembered(code))
            tx.grants()
                    .record(
                            new UserGrant(
                                    exchange.grant(),
                                    code.user(),
                                    code.client(),
                                    code.request().audience(),
                                    code.request().organization(),
                                    code.request().scope()),
                            known.seen().get());
        if (AccessTokenRecord.isKept(
                code.request().audience(),
                code.request().scope(),
                code.request().requestedClaims(),
                code.terms().idTokenClaims()))
            tx.accessTokens()
                    .insert(
                            exchange.accessToken(),
                            new AccessTokenRecord(
                                    code.user(),
                                    code.client(),
                                    Optional.of(session.id()),
                                    family,
                                    code.request().scope(),
                                    code.request().requestedClaims(),
                                    code.terms().idTokenClaims(),
                                    tx.now()
                                            .plus(
                                                    exchange.lifetimes()
                                                            .of(code.request().audience())),
                                    exchange.caller().key()),
                            Optional.of(exchange.code()));
        tx.log()
                .append(
                        event("s", exchange, held)
                                .about(
                                        code.user(),
                                        session.connection(),
                                        code.request().organization())
                                .asking(
                                        code.request().audience(),
                                        Optional.of(code.request().scope())));
        return new Exchanged.Granted(code, session, known.profile().get().orElseThrow());
    }

    private static TokenFamily family(
            FamilyId id, AuthorizationCode code, Session session, Caller caller, Instant now) {
        return new TokenFamily(
                id,
                code.user(),
                code.client(),
                session.connection(),
                code.request().organization(),
                Optional.of(code.session()),
                code.parent(),
                code.request().scope(),
                code.scopeBound(),
                code.request().audience(),
                code.request().requestedClaims(),
                session.authentication(),
                caller.refresh().rotating(),
                1,
                now,
                Families.earlier(
                        caller.refresh().lifetime().map(now::plus),
                        code.terms().refreshTokenExpiresAt()),
                Families.earlier(
                        caller.refresh().idle().map(now::plus),
                        code.terms().refreshTokenIdleExpiresAt()),
                Optional.empty(),
                caller.binding());
    }

    private static Exchanged refuse(
            Tx tx,
            RedeemCode.Refusal reason,
            Optional<CodeTable.Found> found,
            Optional<Session> session,
            Exchange exchange,
            Held held) {
        // A device that missed the answer asks again, and isn't suspected for it.
        if (reason == RedeemCode.Refusal.REPLAYED && held == Held.DIRECTLY)
            endFirstUse(tx, exchange.code());
        var event = event("f", exchange, held).described(description(reason, held));
        tx.log()
                .append(
                        found.isPresent() && session.isPresent()
                                ? event.about(
                                        found.get().code().user(),
                                        session.get().connection(),
                                        found.get().code().request().organization())
                                : event);
        return new Exchanged.Refused(reason);
    }

    /// RFC 6749 §4.1.2: a code used twice revokes what it gave. The code is read anew: its first
    /// use may have committed after we found it, and before our claim failed.
    private static void endFirstUse(Tx tx, SecretHash code) {
        tx.accessTokens().endIssuedBy(code);
        tx.codes()
                .find(code)
                .flatMap(CodeTable.Found::family)
                .flatMap(tx.families()::lockExclusive)
                .ifPresent(
                        family ->
                                Endings.endFamilies(tx, List.of(family.id()), Cause.CODE_REPLAYED));
    }

    private static String description(RedeemCode.Refusal reason, Held held) {
        return switch (reason) {
            case INVALID, REPLAYED -> held.invalid;
            case REDIRECT_URI -> "The redirect_uri provided does not match.";
            case VERIFIER -> "Failed to verify code verifier";
            case TARGET -> "The resource is another than in the authorization request.";
            case KEY -> "The DPoP proof is not by the key of the authorization request.";
        };
    }

    /// @param outcome `s` or `f`
    private static LogEvent event(String outcome, Exchange exchange, Held held) {
        return LogEvent.of(outcome + held.event, exchange.origin())
                .about(exchange.caller().id(), exchange.caller().name());
    }
}
