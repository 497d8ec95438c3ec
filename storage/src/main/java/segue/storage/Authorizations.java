package segue.storage;

import segue.domain.authorize.Ask;
import segue.domain.authorize.Interaction;
import segue.domain.authorize.SignOn;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.revocation.Cause;
import segue.domain.revocation.Receipt;
import segue.domain.secret.Secret;
import segue.domain.secret.SecretHash;
import segue.domain.session.Session;
import segue.domain.session.SessionLimits;
import segue.domain.token.AuthorizationCode;
import segue.domain.transfer.Claim;
import segue.domain.transfer.Decision;
import segue.domain.transfer.Facts;
import segue.domain.transfer.Presented;
import segue.domain.transfer.Reason;
import segue.domain.transfer.Redeem;
import segue.domain.transfer.Transfer;
import segue.domain.user.UserState;
import segue.storage.jdbc.ClientTable;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.TransferTable;
import segue.storage.jdbc.Tx;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// `/authorize`: the redemption of a session transfer token, single sign-on, and what is left
/// behind. One transaction each, with the locks in the one order that doesn't deadlock: user,
/// native family, session, token.
public final class Authorizations {
    private final Database database;
    private final Observer observer;

    public Authorizations(Database database, Observer observer) {
        this.database = database;
        this.observer = observer;
    }

    /// A validated authorization request.
    ///
    /// @param presented the session transfer token, if one is to be looked at
    /// @param connection the connection that the request insists on
    /// @param cookie the secret of the session cookie
    /// @param browser the secret of the interaction cookie, kept if we gave it out
    /// @param request what a code must remember
    /// @param offline whether the request, the client and the API agree on a refresh token
    /// @param limits of a session that a user opens
    /// @param transferLimits of a session that a transfer opens
    /// @param mismatches how many sessions of others one user's transfers may end (THREATS R2.3)
    /// @param text the request's parameters, form-encoded, without any session transfer token
    /// @param parks answer with a page of our own at a clean URL first (contract native-to-web
    ///   §4.1)
    /// @param minted fresh values to use where needed
    public record Authorize(
            Presented presented,
            Caller client,
            Ask ask,
            Optional<ConnectionId> connection,
            Optional<SecretHash> cookie,
            Optional<SecretHash> browser,
            AuthorizationCode.Request request,
            boolean offline,
            SessionLimits limits,
            SessionLimits transferLimits,
            Transfers.Limit mismatches,
            String text,
            boolean parks,
            Minted minted,
            Origin origin) {}

    /// Fresh identifiers and hashes of fresh secrets.
    public record Minted(
            SessionId session,
            SecretHash sessionSecret,
            SecretHash code,
            SecretHash interaction,
            SecretHash interactionCookie) {}

    /// What happens to the session cookie.
    public sealed interface Cookie {
        /// It stays as it is.
        record Unchanged() implements Cookie {}

        /// It carries the new secret.
        ///
        /// @param maxAge how long, empty for a cookie that ends with the browser
        record Renewed(Optional<Duration> maxAge) implements Cookie {}

        /// Its session is over.
        record Cleared() implements Cookie {}
    }

    /// The answer.
    public sealed interface Authorized {
        /// The code is valid.
        record Granted(Cookie cookie) implements Authorized {}

        /// The user must do something first, or a page must be shown at a clean URL: the
        /// interaction is stored.
        ///
        /// @param isComplete nothing is left to do but resume
        /// @param isNewBrowser the browser gets a new interaction cookie
        record Paused(Cookie cookie, boolean isComplete, boolean isNewBrowser)
                implements Authorized {}

        /// An error for the client.
        ///
        /// @param user whose membership is missing, if that is it
        record Denied(Cookie cookie, SignOn.Verdict verdict, Optional<UserId> user)
                implements Authorized {}

        /// Too many sessions were ended by one user's transfers; nothing but the token changed.
        record TooManyMismatches() implements Authorized {}
    }

    /// Evaluates the request.
    public Authorized authorize(Authorize request) {
        var evaluated =
                database.inTransaction(
                        tx -> {
                            var evaluation = new Evaluation(tx, request);
                            var answer = evaluation.run();
                            return new Evaluated(answer, evaluation.redemption, evaluation.ended);
                        });
        evaluated.redemption().ifPresent(observer::redeemed);
        evaluated.ended().ifPresent(observer::ended);
        return evaluated.answer();
    }

    /// An answer, and what can be counted once it is committed.
    ///
    /// @param redemption `accepted` or a reason code, if a session transfer token was presented
    /// @param ended what ended because of it
    private record Evaluated(
            Authorized answer, Optional<String> redemption, Optional<Receipt> ended) {}

    /// The interaction that this browser has open.
    public Optional<Interaction> interaction(SecretHash state, SecretHash cookie) {
        return database.read(tx -> tx.interactions().find(state, cookie));
    }

    /// Answers a completed interaction, once.
    ///
    /// @param state the hash of the value in the URL
    /// @param browser the hash of the interaction cookie
    public Optional<Authorized> resume(Authorize request, SecretHash state, SecretHash browser) {
        return database.inTransaction(
                tx -> {
                    var session = lockSession(tx, request.cookie());
                    var interaction =
                            session.flatMap(_ -> tx.interactions().claimCompleted(state, browser));
                    if (interaction.isEmpty()) return Optional.empty();
                    var mine =
                            session.filter(
                                    it ->
                                            interaction
                                                    .get()
                                                    .completedBy()
                                                    .equals(Optional.of(it.id())));
                    if (mine.isEmpty()) return Optional.empty();
                    return Optional.of(
                            new Evaluation(tx, request).resume(mine.get(), interaction.get()));
                });
    }

    private static Optional<Session> lockSession(Tx tx, Optional<SecretHash> cookie) {
        var seen = cookie.flatMap(tx.sessions()::find);
        seen.ifPresent(session -> tx.users().lockShared(session.user()));
        return seen.flatMap(_ -> tx.sessions().lockExclusive(cookie.orElseThrow()))
                .filter(session -> session.isLiveAt(tx.now()));
    }

    /// One request inside its transaction.
    private static final class Evaluation {
        private final Tx tx;
        private final Authorize request;
        private Cookie cookie = new Cookie.Unchanged();
        private Optional<String> redemption = Optional.empty();
        private Optional<Receipt> ended = Optional.empty();

        Evaluation(Tx tx, Authorize request) {
            this.tx = tx;
            this.request = request;
        }

        Authorized run() {
            return switch (request.presented()) {
                case Presented.Nowhere _ ->
                        signOn(lockSession(tx, request.cookie()), Optional.empty(), false);
                case Presented.NotAllowed _ -> {
                    redemption = Optional.of(Reason.METHOD_NOT_ALLOWED.code());
                    tx.log().append(warning(Reason.METHOD_NOT_ALLOWED, Optional.empty()));
                    yield signOn(lockSession(tx, request.cookie()), Optional.empty(), false);
                }
                case Presented.Once(var token) -> redeem(List.of(token));
                case Presented.Conflicting(var tokens) -> redeem(tokens);
            };
        }

        Authorized resume(Session session, Interaction interaction) {
            var standing = standing(session);
            var verdict = SignOn.decide(request.ask().satisfied(), Optional.of(standing), tx.now());
            return switch (verdict) {
                case PROCEED ->
                        grant(session, interaction.parent(), interaction.parent().isPresent());
                case LOGIN -> pause(Optional.empty(), Optional.empty());
                case LOGIN_REQUIRED, NOT_A_MEMBER ->
                        deny(verdict, Optional.of(session.user()), false);
            };
        }

        private Authorized redeem(List<Secret> tokens) {
            var hashes = tokens.stream().map(Secret::hash).toList();
            var owners =
                    hashes.stream().map(tx.transfers()::owner).flatMap(Optional::stream).toList();
            var users = lockUsers(owners);
            var parentIsLive = lockParents(owners);
            var session =
                    request.cookie()
                            .flatMap(tx.sessions()::lockExclusive)
                            .filter(it -> it.isLiveAt(tx.now()));
            var claims =
                    hashes.stream()
                            .map(hash -> tx.transfers().claim(hash, request.client().id()))
                            .toList();
            var claim = claims.size() == 1 ? claims.getFirst() : new Claim.Conflicting();
            var decision = Redeem.decide(facts(claim, owners, users, parentIsLive, session));
            redemption = Optional.of(outcome(decision));
            for (var each : claims)
                if (each instanceof Claim.Taken(var transfer))
                    tx.transfers().record(transfer.id(), outcome(decision));
            return switch (decision) {
                case Decision.Accepted(var transfer, var kept) ->
                        signOn(kept, Optional.of(transfer), true);
                case Decision.Refused(var reason, var transfer, var ends) ->
                        refuse(reason, transfer, ends);
            };
        }

        /// Locks the token's user and the session's user, in ascending order; returns the state of
        /// the former.
        private UserState lockUsers(List<TransferTable.Owner> owners) {
            var ids =
                    owners.stream()
                            .map(TransferTable.Owner::user)
                            .collect(Collectors.toCollection(ArrayList::new));
            request.cookie().flatMap(tx.sessions()::find).map(Session::user).ifPresent(ids::add);
            var state = UserState.GONE;
            var ordered = new TreeSet<>(Comparator.comparing(UserId::value));
            ordered.addAll(ids);
            for (var user : ordered) {
                var found = tx.users().lockShared(user);
                if (!owners.isEmpty() && user.equals(owners.getFirst().user())) state = found;
            }
            return state;
        }

        /// Locks the parent families before anything is claimed; the other order deadlocks (THREATS
        /// section 0).
        private boolean lockParents(List<TransferTable.Owner> owners) {
            var isLive = false;
            var ordered = new TreeSet<>(Comparator.comparing(FamilyId::value));
            owners.forEach(owner -> ordered.add(owner.parent()));
            for (var parent : ordered)
                isLive =
                        tx.families()
                                .lockShared(parent)
                                .filter(family -> family.isLiveAt(tx.now()))
                                .isPresent();
            return isLive;
        }

        private Facts facts(
                Claim claim,
                List<TransferTable.Owner> owners,
                UserState user,
                boolean parentIsLive,
                Optional<Session> session) {
            var issuerIsAllowed =
                    owners.size() == 1
                            && tx.clients()
                                    .flags(owners.getFirst().issuer())
                                    .map(ClientTable.Flags::mayCreate)
                                    .orElse(false);
            var transfer =
                    claim instanceof Claim.Taken(var taken)
                            ? Optional.of(taken)
                            : Optional.<Transfer>empty();
            var isMember =
                    transfer.flatMap(
                                    it ->
                                            it.organization()
                                                    .map(of -> tx.users().isMember(it.user(), of)))
                            .orElse(true);
            return new Facts(
                    claim,
                    parentIsLive,
                    user,
                    issuerIsAllowed,
                    request.request().organization(),
                    isMember,
                    transfer.map(this::connectionIsEnabled).orElse(false),
                    request.client().transfer().binding(),
                    request.origin().device(),
                    session);
        }

        private boolean connectionIsEnabled(Transfer transfer) {
            if (request.connection().isPresent()
                    && !request.connection().get().equals(transfer.connection())) return false;
            return tx.users()
                    .isEnabled(
                            transfer.connection(), request.client().id(), transfer.organization());
        }

        private static String outcome(Decision decision) {
            return switch (decision) {
                case Decision.Accepted _ -> "accepted";
                case Decision.Refused(var reason, _, _) -> reason.code();
            };
        }

        /// As if nothing had been sent and no session existed.
        private Authorized refuse(
                Reason reason, Optional<Transfer> transfer, Optional<Session> ends) {
            tx.log().append(warning(reason, transfer));
            if (ends.isPresent()
                    && mismatchesOf(transfer.orElseThrow()) > request.mismatches().most())
                return new Authorized.TooManyMismatches();
            ends.ifPresent(
                    session -> {
                        ended =
                                Optional.of(
                                        Endings.endSession(
                                                tx, session.id(), Cause.OTHER_USER_TRANSFERRED));
                        cookie = new Cookie.Cleared();
                    });
            return signOn(Optional.empty(), Optional.empty(), true);
        }

        private long mismatchesOf(Transfer transfer) {
            return tx.attempts()
                    .count(
                            transfer.user().value(),
                            "transfer-mismatch",
                            request.mismatches().window())
                    .attempts();
        }

        /// Evaluates the rest of the request with whom the browser has now.
        ///
        /// @param session the session to go on with
        /// @param transfer the accepted transfer, which opens a session if there is none
        /// @param triggered whether a transfer was looked at
        private Authorized signOn(
                Optional<Session> session, Optional<Transfer> transfer, boolean triggered) {
            var standing = session.map(this::standing).or(() -> transfer.map(this::standing));
            var verdict = SignOn.decide(request.ask(), standing, tx.now());
            return switch (verdict) {
                case PROCEED -> proceed(session, transfer, triggered);
                case LOGIN -> pause(Optional.empty(), Optional.empty());
                case LOGIN_REQUIRED, NOT_A_MEMBER ->
                        deny(verdict, session.map(Session::user), triggered);
            };
        }

        private SignOn.Standing standing(Session session) {
            var organization = request.request().organization();
            var isWanted = request.connection().map(session.connection()::equals).orElse(true);
            var isEnabled =
                    isWanted
                            && tx.users()
                                    .isEnabled(
                                            session.connection(),
                                            request.client().id(),
                                            organization);
            var isMember =
                    organization.map(of -> tx.users().isMember(session.user(), of)).orElse(true);
            return new SignOn.Standing(
                    session.user(), session.authentication(), isEnabled, isMember);
        }

        /// Everything else about a transfer was checked before it was accepted.
        private SignOn.Standing standing(Transfer transfer) {
            return new SignOn.Standing(transfer.user(), transfer.authentication(), true, true);
        }

        private Authorized proceed(
                Optional<Session> kept, Optional<Transfer> transfer, boolean triggered) {
            var session = kept.map(this::use).orElseGet(() -> open(transfer.orElseThrow()));
            if (transfer.isPresent()) {
                // THREATS R25.1: every redemption renews the cookie's secret, in a kept session
                // too.
                kept.ifPresent(
                        it -> tx.sessions().renewSecret(it.id(), request.minted().sessionSecret()));
                cookie = renewed(session);
            }
            var parent = transfer.map(Transfer::parent);
            if (request.parks()) return pause(Optional.of(session.id()), parent);
            return grant(session, parent, triggered);
        }

        private Session use(Session session) {
            var used = session.usedAt(tx.now(), request.limits());
            tx.sessions().recordUse(used, request.origin().device());
            return used;
        }

        private Session open(Transfer transfer) {
            var session =
                    Session.open(
                            request.minted().session(),
                            transfer.user(),
                            transfer.connection(),
                            Optional.of(transfer.parent()),
                            transfer.authentication(),
                            tx.now(),
                            request.transferLimits());
            tx.sessions()
                    .insert(session, request.minted().sessionSecret(), request.origin().device());
            return session;
        }

        private Cookie renewed(Session session) {
            return new Cookie.Renewed(session.cookieAge(tx.now()));
        }

        private Authorized grant(Session session, Optional<FamilyId> redeemed, boolean triggered) {
            var parent = redeemed.or(session::parent);
            // Contract native-to-web §7: not only the redeeming authorization, or a second silent
            // one would side-step it.
            var offline =
                    request.offline()
                            && (parent.isEmpty()
                                    || request.client().transfer().allowsRefreshToken());
            var code =
                    new AuthorizationCode(
                            request.client().id(),
                            session.user(),
                            session.id(),
                            parent,
                            parent.isPresent() && !offline
                                    ? withoutOffline(request.request())
                                    : request.request(),
                            offline,
                            tx.now().plus(AuthorizationCode.LIFETIME));
            tx.codes().insert(request.minted().code(), code);
            tx.sessions().recordClient(session.id(), request.client().id());
            tx.users().recordLogin(session.user(), request.origin().device().address());
            var event =
                    event(request.ask().silent() ? "ssa" : "s")
                            .about(
                                    session.user(),
                                    session.connection(),
                                    request.request().organization())
                            .with("session_id", session.id().value());
            tx.log().append(flagged(event, triggered));
            return new Authorized.Granted(cookie);
        }

        private static AuthorizationCode.Request withoutOffline(AuthorizationCode.Request request) {
            var scope =
                    List.of(request.scope().split(" ", -1)).stream()
                            .filter(value -> !value.equals("offline_access"))
                            .collect(Collectors.joining(" "));
            return new AuthorizationCode.Request(
                    request.organization(),
                    request.redirectUri(),
                    request.codeChallenge(),
                    request.nonce(),
                    scope,
                    request.audience(),
                    request.requestedClaims(),
                    request.tellsAuthTime());
        }

        private Authorized pause(Optional<SessionId> completedBy, Optional<FamilyId> parent) {
            // Other tabs of this browser keep their interactions; a value that we didn't give out
            // is not adopted.
            var known = request.browser().filter(tx.interactions()::knows);
            tx.interactions()
                    .insert(
                            request.minted().interaction(),
                            known.orElse(request.minted().interactionCookie()),
                            new Interaction(
                                    request.text(),
                                    request.client().id(),
                                    tx.now(),
                                    tx.now().plus(Interaction.LIFETIME),
                                    completedBy,
                                    parent));
            return new Authorized.Paused(cookie, completedBy.isPresent(), known.isEmpty());
        }

        private Authorized deny(SignOn.Verdict verdict, Optional<UserId> user, boolean triggered) {
            var text =
                    verdict == SignOn.Verdict.NOT_A_MEMBER
                            ? "Not a member of the organization"
                            : "Login required";
            if (request.ask().silent())
                tx.log().append(flagged(event("fsa").described(text), triggered));
            else tx.log().append(flagged(event("f").described(text), triggered));
            return new Authorized.Denied(cookie, verdict, user);
        }

        private LogEvent warning(Reason reason, Optional<Transfer> transfer) {
            var event =
                    reason.warning()
                            .map(text -> event("w").described(text))
                            .orElseGet(
                                    () ->
                                            flagged(event("f").described(failure(reason)), true)
                                                    .with("error.message", failure(reason)));
            return transfer.map(it -> event.about(it.user(), it.connection(), it.organization()))
                    .orElse(event);
        }

        private static String failure(Reason reason) {
            return reason == Reason.USER_BLOCKED ? "user is blocked" : "user does not exist";
        }

        /// The flag is written only when it is true (contract native-to-web §10.2).
        private static LogEvent flagged(LogEvent event, boolean triggered) {
            return triggered ? event.with("triggered_by_session_transfer_token", true) : event;
        }

        private LogEvent event(String type) {
            return LogEvent.of(type, request.origin())
                    .about(request.client().id(), request.client().name())
                    .asking(request.request().audience(), Optional.of(request.request().scope()));
        }
    }
}
