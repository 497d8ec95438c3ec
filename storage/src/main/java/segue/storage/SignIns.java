package segue.storage;

import segue.domain.action.Policy;
import segue.domain.action.Ruling;
import segue.domain.authentication.Authentication;
import segue.domain.authorize.Interaction.Stage;
import segue.domain.grant.UserGrant;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.GrantId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.revocation.Cause;
import segue.domain.scope.ScopeBound;
import segue.domain.secret.Secret;
import segue.domain.secret.SecretHash;
import segue.domain.session.Session;
import segue.domain.session.SessionLimits;
import segue.domain.token.AccessTokenLifetimes;
import segue.domain.token.AccessTokenRecord;
import segue.domain.token.TokenFamily;
import segue.domain.token.TokenTerms;
import segue.domain.user.UserState;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.StorageUnavailable;
import segue.storage.jdbc.Tx;
import segue.storage.jdbc.UserTable;

import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// Signing in with a password, on the page and by the `password` grants, and by a token exchange.
/// The password itself is verified between two transactions, so that hashing holds no connection
/// and no lock (THREATS R36.4).
public final class SignIns {
    private final Database database;

    public SignIns(Database database) {
        this.database = database;
    }

    /// What is known before the password is verified.
    ///
    /// @param candidate the user, if there is one
    /// @param backoff past the limit of attempts; then nothing is to be verified
    public record Attempt(Optional<UserTable.Credentials> candidate, Optional<Backoff> backoff) {}

    /// Counts the attempt, and finds the user by e-mail address or user name. Counting comes before
    /// verifying, so that parallel guesses can't pass the limit (THREATS R35.1); an unknown account
    /// counts like a known one.
    public Attempt attempt(
            Caller caller,
            ConnectionId connection,
            String login,
            Origin origin,
            Attempts.Limits limits) {
        return database.inTransaction(
                tx -> {
                    var candidate =
                            tx.users().credentials(connection, login.toLowerCase(Locale.ROOT));
                    var event = LogEvent.of("f", origin).about(caller.id(), caller.name());
                    var backoff =
                            Attempts.guess(
                                    tx,
                                    account(candidate, login),
                                    origin,
                                    limits,
                                    candidate
                                            .map(
                                                    it ->
                                                            event.about(
                                                                    it.user(),
                                                                    connection,
                                                                    Optional.empty()))
                                            .orElse(event));
                    return new Attempt(candidate, backoff);
                });
    }

    /// A user by e-mail address or user name.
    public Optional<UserId> user(ConnectionId connection, String login) {
        return database.read(
                        tx -> tx.users().credentials(connection, login.toLowerCase(Locale.ROOT)))
                .map(UserTable.Credentials::user);
    }

    /// Stores a better hash of the password that was just verified, unless it was changed in the
    /// meantime (THREATS R36.3).
    ///
    /// @param verified whose password it was, and the hash that it had
    public void rehash(UserTable.Credentials verified, String better) {
        database.inTransaction(
                tx -> {
                    tx.users().rehash(verified, better);
                    return true;
                });
    }

    /// Records a failed attempt in the tenant log.
    ///
    /// @param type `fp` for a wrong password, `fu` for an unknown user, `fepft` for the grants
    public void failed(
            String type,
            Caller caller,
            ConnectionId connection,
            Optional<UserId> user,
            String text,
            Origin origin) {
        database.inTransaction(
                tx -> {
                    var event =
                            LogEvent.of(type, origin)
                                    .about(caller.id(), caller.name())
                                    .described(text);
                    tx.log()
                            .append(
                                    user.map(it -> event.about(it, connection, Optional.empty()))
                                            .orElse(event));
                    return true;
                });
    }

    /// A user whose password was right, in a browser that has an interaction open.
    ///
    /// @param state the hash of the value in the URL
    /// @param browser the hash of the interaction cookie
    /// @param renewedBrowser its successor
    /// @param cookie the secret of the session cookie, if the browser has one
    /// @param policy whether Actions must be heard before a new session counts
    /// @param organization that the waiting request names; whether the user belongs to it is told
    ///   to the client, not here
    public record Completion(
            SecretHash state,
            SecretHash browser,
            SecretHash renewedBrowser,
            Optional<SecretHash> cookie,
            UserId user,
            Caller client,
            Optional<OrganizationId> organization,
            SessionId session,
            SecretHash sessionSecret,
            SessionLimits limits,
            Policy policy,
            Origin origin) {}

    /// What came of it.
    public sealed interface Completed {
        /// The browser has a session; the interaction can be resumed.
        ///
        /// @param maxAge of the session cookie, empty for one that ends with the browser
        record SignedIn(Optional<Duration> maxAge) implements Completed {}

        /// The user may not sign in.
        record Blocked() implements Completed {}

        /// The user's connection isn't enabled for the client.
        record ConnectionDisabled() implements Completed {}

        /// The interaction is gone or belongs to another browser.
        record Expired() implements Completed {}
    }

    /// Opens a session, or renews the one that the browser has (THREATS R25.1).
    public Completed complete(Completion completion) {
        return excusing(
                completion.user(),
                completion.origin(),
                tx -> {
                    var seen = completion.cookie().flatMap(tx.sessions()::find);
                    var user = lockUsers(tx, completion.user(), seen.map(Session::user));
                    var session =
                            seen.flatMap(
                                            _ ->
                                                    tx.sessions()
                                                            .lockExclusive(
                                                                    completion
                                                                            .cookie()
                                                                            .orElseThrow()))
                                    // One that waits for Actions gives way too, or they would
                                    // bring it to life beside its successor.
                                    .filter(it -> it.isStandingAt(tx.now()));
                    var isWaiting =
                            tx.interactions()
                                    .find(completion.state(), completion.browser())
                                    .filter(it -> it.stage() instanceof Stage.SigningIn)
                                    .isPresent();
                    if (!isWaiting) return new Completed.Expired();
                    if (user.get() != UserState.ACTIVE) {
                        refused(tx, completion, "user is blocked");
                        return new Completed.Blocked();
                    }
                    var connection = tx.users().connection(completion.user()).orElseThrow();
                    if (!tx.users()
                            .isEnabled(
                                    connection,
                                    completion.client().id(),
                                    completion.organization())) {
                        refused(tx, completion, "the connection is not enabled for the client");
                        return new Completed.ConnectionDisabled();
                    }
                    Attempts.succeeded(tx, completion.user().value(), completion.origin());
                    var opened =
                            session.filter(it -> canBeKept(tx, it, completion))
                                    .map(it -> renew(tx, it, completion))
                                    .orElseGet(() -> open(tx, session, connection, completion));
                    tx.interactions()
                            .complete(
                                    completion.state(),
                                    opened.id(),
                                    completion.browser(),
                                    completion.renewedBrowser());
                    return new Completed.SignedIn(opened.cookieAge(tx.now()));
                });
    }

    /// What follows a password that was right. A disk may have room for a counter and none for a
    /// session: then the attempt that was counted before is given back, or whoever tries again
    /// would be locked out. Other failures of storage let nothing be counted either, and may have
    /// kept the user waiting long enough (promise P5).
    private <T> T excusing(UserId user, Origin origin, Function<Tx, T> work) {
        try {
            return database.inTransaction(work);
        } catch (StorageUnavailable e) {
            if (e.isForWantOfRoom()) giveBack(user, origin, e);
            throw e;
        }
    }

    private void giveBack(UserId user, Origin origin, StorageUnavailable because) {
        try {
            database.inTransaction(
                    tx -> {
                        Attempts.failedAt(tx, user.value(), origin);
                        return true;
                    });
        } catch (StorageUnavailable e) {
            because.addSuppressed(e);
        }
    }

    private static Supplier<UserState> lockUsers(Tx tx, UserId user, Optional<UserId> other) {
        // In ascending order, so that two browsers can't wait for each other.
        var isFirst = other.filter(it -> it.value().compareTo(user.value()) < 0).isEmpty();
        if (!isFirst) tx.users().lockShared(other.orElseThrow());
        var state = tx.users().lockShared(user);
        if (isFirst)
            other.filter(it -> !it.equals(user)).ifPresent(it -> tx.users().lockShared(it));
        return state;
    }

    /// A session that a transfer opened loses its mark only by giving way to a new one (THREATS
    /// R9.2).
    private static boolean canBeKept(Tx tx, Session session, Completion completion) {
        return session.user().equals(completion.user())
                && session.parent().isEmpty()
                && session.isLiveAt(tx.now(), completion.limits());
    }

    private static Session renew(Tx tx, Session session, Completion completion) {
        tx.sessions()
                .recordAuthentication(
                        session.id(),
                        Authentication.byPassword(tx.now()),
                        completion.sessionSecret());
        var used = session.usedAt(tx.now(), completion.limits());
        tx.sessions().recordUse(used, completion.origin().device());
        return used;
    }

    private static Session open(
            Tx tx, Optional<Session> replaced, ConnectionId connection, Completion completion) {
        replaced.ifPresent(
                session -> Endings.endSessions(tx, List.of(session.id()), Cause.REPLACED));
        var session =
                Session.open(
                                completion.session(),
                                completion.user(),
                                connection,
                                Optional.empty(),
                                Authentication.byPassword(tx.now()),
                                tx.now(),
                                completion.limits())
                        .pending(completion.policy() instanceof Policy.Unheard);
        tx.sessions()
                .insert(
                        session,
                        Optional.empty(),
                        completion.sessionSecret(),
                        completion.origin().device());
        return session;
    }

    private static void refused(Tx tx, Completion completion, String text) {
        var event =
                LogEvent.of("f", completion.origin())
                        .about(completion.client().id(), completion.client().name())
                        .described(text)
                        .with("error.message", text)
                        .with("error.oauthError", "access_denied");
        tx.log()
                .append(
                        tx.users()
                                .connection(completion.user())
                                .map(
                                        connection ->
                                                event.about(
                                                        completion.user(),
                                                        connection,
                                                        completion.organization()))
                                .orElse(event));
    }

    /// How a user proved who they are where no browser of theirs is.
    public sealed interface Proof {
        /// Their password was right.
        record Password() implements Proof {}

        /// An Action vouched for them by a subject token.
        ///
        /// @param type of the subject token
        /// @param execution the id of the run
        /// @param actor who acts as the user: the `act` claim, JSON
        record SubjectToken(String type, String execution, Optional<String> actor)
                implements Proof {}

        private boolean isByActor() {
            return this instanceof SubjectToken token && token.actor().isPresent();
        }

        private Authentication at(Instant now) {
            return switch (this) {
                case Password _ -> Authentication.byPassword(now);
                case SubjectToken _ -> Authentication.elsewhere(now);
            };
        }

        private TokenTerms on(TokenTerms terms) {
            return switch (this) {
                case Password _ -> terms;
                case SubjectToken token -> token.actor().map(terms::actedBy).orElse(terms);
            };
        }
    }

    /// A grant to a user who isn't sent through a browser: they have proved who they are.
    ///
    /// @param offline whether a refresh token is due
    /// @param grant the id under which it is remembered what the user allowed, used if it is new
    /// @param policy what Actions have to say
    /// @param accessToken the hash of an opaque token; if there is an API, the identifier of what
    ///   is kept of its token
    /// @param lifetimes of access tokens
    public record DirectGrant(
            Proof proof,
            UserId user,
            Caller caller,
            Optional<OrganizationId> organization,
            String scope,
            Optional<String> audience,
            boolean offline,
            FamilyId family,
            SecretHash refreshToken,
            GrantId grant,
            SecretHash accessToken,
            AccessTokenLifetimes lifetimes,
            Policy policy,
            Origin origin) {
        /// The same after Actions have spoken.
        public DirectGrant heard(Policy.Heard heard) {
            return new DirectGrant(
                    proof,
                    user,
                    caller,
                    organization,
                    scope,
                    audience,
                    offline,
                    family,
                    refreshToken,
                    grant,
                    accessToken,
                    lifetimes,
                    heard,
                    origin);
        }
    }

    /// What came of it.
    public sealed interface Granted {
        /// The tokens are valid; `authentication` is this sign-in.
        ///
        /// @param scope what was granted
        /// @param terms what Actions decided about the tokens
        record Issued(Authentication authentication, String scope, TokenTerms terms)
                implements Granted {}

        /// Actions must be heard first; nothing was issued.
        record Asking(Scene scene) implements Granted {}

        /// An Action denied it.
        ///
        /// @param error the OAuth error code
        record Denied(String error, String description) implements Granted {}

        record Blocked() implements Granted {}

        record ConnectionDisabled() implements Granted {}

        record NotAMember() implements Granted {}
    }

    /// Issues what is asked for. It opens no browser session (contract authentication-api §4.8).
    public Granted grant(DirectGrant grant) {
        return grant.proof() instanceof Proof.Password
                ? excusing(grant.user(), grant.origin(), tx -> grant(tx, grant))
                : database.inTransaction(tx -> grant(tx, grant));
    }

    private static Granted grant(Tx tx, DirectGrant grant) {
        if (Hearing.lock(tx, grant.user(), grant.policy()).get() != UserState.ACTIVE) {
            tx.log().append(failure(grant).described("user is blocked"));
            return new Granted.Blocked();
        }
        var connection = tx.users().connection(grant.user()).orElseThrow();
        if (!tx.users().isEnabled(connection, grant.caller().id(), grant.organization())) {
            tx.log()
                    .append(
                            failure(grant)
                                    .about(grant.user(), connection, grant.organization())
                                    .described("the connection is not enabled"));
            return new Granted.ConnectionDisabled();
        }
        if (!grant.organization()
                .map(of -> tx.users().mayBelong(grant.user(), connection, of))
                .orElse(true)) {
            tx.log()
                    .append(
                            failure(grant)
                                    .about(grant.user(), connection, grant.organization())
                                    .described("not part of the organization"));
            return new Granted.NotAMember();
        }
        return switch (grant.policy()) {
            case Policy.None _ -> issue(tx, grant, connection, Ruling.Terms.NOTHING, it -> it);
            case Policy.Unheard _ ->
                    new Granted.Asking(Scene.of(tx, grant.user(), grant.proof().at(tx.now())));
            case Policy.Heard heard -> rule(tx, grant, connection, new Hearing(tx, heard));
        };
    }

    private static Granted rule(
            Tx tx, DirectGrant grant, ConnectionId connection, Hearing hearing) {
        var refreshToken = Hearing.future(grant.caller(), tx.now());
        var event = failure(grant).about(grant.user(), connection, grant.organization());
        return switch (hearing.ruling(Optional.empty(), refreshToken, grant.user(), event)) {
            case Ruling.Allowed(var terms) -> issue(tx, grant, connection, terms, hearing::heard);
            case Ruling.Denied denied -> {
                tx.log().append(hearing.heard(event.described(denied.description())));
                yield new Granted.Denied(denied.error(), denied.description());
            }
            case Ruling.Redirected _ ->
                    throw new IllegalStateException("there is no browser to redirect");
        };
    }

    private static Granted issue(
            Tx tx,
            DirectGrant grant,
            ConnectionId connection,
            Ruling.Terms terms,
            UnaryOperator<LogEvent> heard) {
        grant.organization()
                .ifPresent(of -> tx.users().joinBySigningIn(grant.user(), connection, of));
        if (grant.proof() instanceof Proof.Password)
            Attempts.succeeded(tx, grant.user().value(), grant.origin());
        var authentication = grant.proof().at(tx.now());
        var scope = terms.scope(grant.scope());
        var offline = grant.offline() && terms.allowsRefreshToken();
        var tokens = grant.proof().on(Hearing.tokens(terms));
        issue(tx, grant, connection, authentication, scope, offline, tokens);
        // Who acts as the user hasn't signed them in (contract native-to-web §9.5).
        if (!grant.proof().isByActor())
            tx.users().recordLogin(grant.user(), grant.origin().device().address());
        tx.log()
                .append(
                        heard.apply(event("s", grant))
                                .about(grant.user(), connection, grant.organization())
                                .asking(grant.audience(), Optional.of(scope)));
        return new Granted.Issued(authentication, scope, tokens);
    }

    /// Records in the tenant log that a client got a token for itself.
    public void recordClientToken(Caller caller, String audience, String scope, Origin origin) {
        database.inTransaction(
                tx -> {
                    tx.log()
                            .append(
                                    LogEvent.of("seccft", origin)
                                            .about(caller.id(), caller.name())
                                            .asking(Optional.of(audience), Optional.of(scope)));
                    return true;
                });
    }

    private static void issue(
            Tx tx,
            DirectGrant grant,
            ConnectionId connection,
            Authentication authentication,
            String scope,
            boolean offline,
            TokenTerms terms) {
        var policy = grant.caller().refresh();
        var family = offline ? Optional.of(grant.family()) : Optional.<FamilyId>empty();
        family.ifPresent(
                id ->
                        Families.start(
                                tx,
                                new TokenFamily(
                                        id,
                                        grant.user(),
                                        grant.caller().id(),
                                        connection,
                                        grant.organization(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        scope,
                                        ScopeBound.NONE,
                                        grant.audience(),
                                        Optional.empty(),
                                        authentication,
                                        policy.rotating(),
                                        1,
                                        tx.now(),
                                        Families.earlier(
                                                policy.lifetime().map(tx.now()::plus),
                                                terms.refreshTokenExpiresAt()),
                                        Families.earlier(
                                                policy.idle().map(tx.now()::plus),
                                                terms.refreshTokenIdleExpiresAt()),
                                        Optional.empty(),
                                        grant.caller().binding()),
                                grant.origin().device(),
                                grant.refreshToken(),
                                terms.refreshTokenMetadata()));
        if (!grant.proof().isByActor() && (offline || grant.audience().isPresent()))
            tx.grants()
                    .record(
                            new UserGrant(
                                    grant.grant(),
                                    grant.user(),
                                    grant.caller().id(),
                                    grant.audience(),
                                    grant.organization(),
                                    scope));
        if (AccessTokenRecord.isKept(
                grant.audience(), scope, Optional.empty(), terms.idTokenClaims()))
            tx.accessTokens()
                    .insert(
                            grant.accessToken(),
                            new AccessTokenRecord(
                                    grant.user(),
                                    grant.caller().id(),
                                    Optional.empty(),
                                    family,
                                    scope,
                                    Optional.empty(),
                                    terms.idTokenClaims(),
                                    tx.now().plus(grant.lifetimes().of(grant.audience())),
                                    grant.caller().key()),
                            Optional.empty());
    }

    private static LogEvent failure(DirectGrant grant) {
        return event("f", grant);
    }

    /// @param outcome `s` or `f`
    private static LogEvent event(String outcome, DirectGrant grant) {
        var event =
                switch (grant.proof()) {
                    case Proof.Password _ -> LogEvent.of(outcome + "epft", grant.origin());
                    case Proof.SubjectToken token ->
                            LogEvent.of(outcome + "ecte", grant.origin())
                                    .with("subject_token_type", token.type())
                                    .ranIn(token.execution());
                };
        return event.about(grant.caller().id(), grant.caller().name());
    }

    /// Known users are counted by id, so that e-mail address and user name share one budget
    /// (THREATS T-35). What nobody is called may be of any length, and may be a password that was
    /// typed into the wrong field, so that only its hash is kept.
    private static String account(Optional<UserTable.Credentials> candidate, String login) {
        return candidate
                .map(it -> it.user().value())
                .orElseGet(
                        () ->
                                "unknown:"
                                        + HexFormat.of()
                                                .formatHex(
                                                        new Secret(login.toLowerCase(Locale.ROOT))
                                                                .hash()
                                                                .bytes()));
    }
}
