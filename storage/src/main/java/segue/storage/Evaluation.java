package segue.storage;

import segue.domain.action.Policy;
import segue.domain.action.Ruling;
import segue.domain.authorize.Ask;
import segue.domain.authorize.Denial;
import segue.domain.authorize.Interaction;
import segue.domain.authorize.Interaction.Stage;
import segue.domain.authorize.SignOn;
import segue.domain.client.Delivery;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.domain.network.Device;
import segue.domain.revocation.Cause;
import segue.domain.revocation.Receipt;
import segue.domain.secret.Secret;
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
import segue.storage.Authorizations.Authorize;
import segue.storage.Authorizations.Authorized;
import segue.storage.Authorizations.Cookie;
import segue.storage.Authorizations.Matter;
import segue.storage.Authorizations.Next;
import segue.storage.Authorizations.Waiting;
import segue.storage.jdbc.ClientTable;
import segue.storage.jdbc.TransferTable;
import segue.storage.jdbc.Tx;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// One authorization request inside its transaction: reads the facts under locks, lets the domain
/// decide, and does what was decided.
final class Evaluation {
    private static final String UNCONFIRMED = "unconfirmed";
    private static final String ACCEPTED = "accepted";
    private static final String DECLINED = "declined";
    private static final String DENIED = "denied_by_action";
    private static final String OFFLINE = "offline_access";
    private static final Ruling.Terms NOTHING = Ruling.Terms.NOTHING;

    private final Tx tx;
    private final Authorize request;
    private Cookie cookie = new Cookie.Unchanged();

    /// Whether this is the redemption of a session transfer token, or its refusal.
    private boolean isTriggered = false;

    private Optional<String> redemption = Optional.empty();
    private Optional<Receipt> ended = Optional.empty();
    private boolean isUsedAgain = false;
    private Optional<Device> issuedTo = Optional.empty();
    private Optional<Hearing> heard = Optional.empty();

    Evaluation(Tx tx, Authorize request) {
        this.tx = tx;
        this.request = request;
    }

    /// An answer, and what can be counted once it is committed.
    record Answered(Authorized answer, Heard heard) {}

    /// @param redemption `accepted`, or why not, if a session transfer token was presented
    /// @param ended what ended because of it
    /// @param isUsedAgain it had been used before, within its minute
    /// @param issuedTo the device that it belongs to, if it came from another one
    record Heard(
            Optional<String> redemption,
            Optional<Receipt> ended,
            boolean isUsedAgain,
            Optional<Device> issuedTo,
            Device here) {
        void tell(Observer observer) {
            redemption.ifPresent(observer::redeemed);
            ended.ifPresent(observer::ended);
            if (isUsedAgain) observer.usedAgain();
            issuedTo.ifPresent(device -> observer.misbound(device, here));
        }
    }

    private Answered answered(Authorized answer) {
        var here = request.origin().device();
        return new Answered(answer, new Heard(redemption, ended, isUsedAgain, issuedTo, here));
    }

    Answered run() {
        return answered(
                switch (request.presented()) {
                    case Presented.Nowhere _ -> signOn(lockSession(), Optional.empty());
                    case Presented.NotAllowed _ -> {
                        redemption = Optional.of(Reason.METHOD_NOT_ALLOWED.code());
                        tx.log().append(warning(Reason.METHOD_NOT_ALLOWED, Optional.empty()));
                        yield signOn(lockSession(), Optional.empty());
                    }
                    case Presented.Once(var token) -> redeem(List.of(token));
                    case Presented.Conflicting(var tokens) -> redeem(tokens);
                });
    }

    Optional<Answered> resume(Waiting waiting) {
        var session = lockStanding();
        return tx.interactions()
                .claimAnswerable(waiting.state(), waiting.browser())
                .flatMap(
                        interaction ->
                                switch (interaction.stage()) {
                                    case Stage.Refused(var denial) ->
                                            Optional.of(new Authorized.Denied(cookie, denial));
                                    case Stage.Completed(var by, var transfer) ->
                                            session.filter(it -> it.id().equals(by))
                                                    .map(
                                                            it ->
                                                                    complete(
                                                                            it,
                                                                            transfer.flatMap(
                                                                                    tx.transfers()
                                                                                            ::find)));
                                    case Stage.SigningIn _, Stage.Confirming _, Stage.Elsewhere _ ->
                                            throw new IllegalStateException(
                                                    "its user hasn't been heard");
                                })
                .map(this::answered);
    }

    private Authorized complete(Session session, Optional<Transfer> transfer) {
        isTriggered = transfer.isPresent();
        var ask = request.ask().satisfied();
        return switch (SignOn.decide(ask, Optional.of(standing(session)), tx.now())) {
            case PROCEED ->
                    isUnheard()
                            ? ask(session, transfer, ask)
                            : grant(activated(session), transfer, NOTHING);
            case LOGIN -> pause(new Stage.SigningIn());
            case LOGIN_REQUIRED -> deny(new Denial.LoginRequired(), Optional.of(session));
            case NOT_A_MEMBER -> deny(new Denial.NotAMember(session.user()), Optional.of(session));
        };
    }

    /// THREATS decision 6. The claim was made when the token came; what it leads to is decided now.
    Optional<Answered> confirm(Waiting waiting, boolean isTheirs) {
        var transfer =
                tx.interactions()
                        .find(waiting.state(), waiting.browser())
                        .map(Interaction::stage)
                        .flatMap(
                                stage ->
                                        stage instanceof Stage.Confirming(var id)
                                                ? tx.transfers().find(id)
                                                : Optional.empty());
        return transfer.flatMap(it -> confirm(waiting, it, isTheirs)).map(this::answered);
    }

    private Optional<Authorized> confirm(Waiting waiting, Transfer transfer, boolean isTheirs) {
        isTriggered = true;
        var owners = List.of(owner(transfer));
        var held = lock(owners);
        if (tx.interactions().claimConfirming(waiting.state(), waiting.browser()).isEmpty())
            return Optional.empty();
        if (!isTheirs) return Optional.of(decline(transfer));
        if (!request.client().transfer().accepted().contains(Delivery.QUERY)) {
            tx.transfers().record(transfer.id(), Reason.METHOD_NOT_ALLOWED.code());
            return Optional.of(
                    refuse(Reason.METHOD_NOT_ALLOWED, Optional.of(transfer), Optional.empty()));
        }
        var claim = new Claim.Taken(transfer);
        return Optional.of(settle(List.of(claim), Redeem.decide(facts(claim, owners, held))));
    }

    private static TransferTable.Owner owner(Transfer transfer) {
        return new TransferTable.Owner(
                transfer.parent(), transfer.user(), transfer.issuer(), transfer.expiresAt());
    }

    private Authorized decline(Transfer transfer) {
        redemption = Optional.of(DECLINED);
        tx.transfers().record(transfer.id(), DECLINED);
        tx.log()
                .append(
                        event("w")
                                .described(
                                        "Single Sign-On failed: Session Transfer Token was declined"
                                                + " in the browser.")
                                .about(
                                        transfer.user(),
                                        transfer.connection(),
                                        transfer.organization()));
        return signOn(Optional.empty(), Optional.empty());
    }

    private boolean isUnheard() {
        return request.policy() instanceof Policy.Unheard;
    }

    private Authorized ask(Session session, Optional<Transfer> transfer, Ask ask) {
        // Nothing is decided yet, so nothing is counted.
        redemption = Optional.empty();
        return new Authorized.Asking(
                new Matter(
                        session.id(),
                        transfer,
                        ask,
                        Scene.of(tx, session.id(), transfer),
                        Optional.empty()));
    }

    /// A session that waited for Actions which nobody asks any more.
    private Session activated(Session session) {
        if (!session.pending()) return session;
        var active = session.pending(false);
        tx.sessions().recordUse(active, request.origin().device());
        return active;
    }

    /// THREATS table 1.3, row 12.
    Answered conclude(Matter matter) {
        isTriggered = matter.transfer().isPresent();
        return answered(
                matter.transfer()
                        .map(transfer -> conclude(matter, transfer))
                        .orElseGet(() -> concludeWithout(matter)));
    }

    private Authorized conclude(Matter matter, Transfer transfer) {
        var owners = List.of(owner(transfer));
        var held = lock(owners);
        var session = lockMatter(matter);
        var claim = new Claim.Taken(transfer);
        return switch (Redeem.decide(facts(claim, owners, held))) {
            case Decision.Refused refused -> {
                discard(matter);
                yield settle(List.of(claim), refused);
            }
            case Decision.Accepted _ -> {
                redemption = Optional.of(ACCEPTED);
                yield rule(matter, session);
            }
        };
    }

    private Authorized concludeWithout(Matter matter) {
        Hearing.lock(tx, matter.scene().user(), request.policy());
        return rule(matter, lockMatter(matter));
    }

    private Optional<Session> lockMatter(Matter matter) {
        return tx.sessions().lockExclusive(matter.session()).flatMap(this::ifStanding);
    }

    /// Decides with what Actions said, if all else still holds.
    private Authorized rule(Matter matter, Optional<Session> session) {
        return switch (SignOn.decide(matter.ask(), session.map(this::standing), tx.now())) {
            case PROCEED -> rule(matter, session.orElseThrow());
            case LOGIN -> {
                discard(matter);
                yield pause(new Stage.SigningIn());
            }
            case LOGIN_REQUIRED -> {
                discard(matter);
                yield deny(new Denial.LoginRequired(), session);
            }
            case NOT_A_MEMBER -> {
                discard(matter);
                yield deny(new Denial.NotAMember(session.orElseThrow().user()), session);
            }
        };
    }

    private Authorized rule(Matter matter, Session session) {
        var hearing = new Hearing(tx, (Policy.Heard) request.policy());
        var shown = tx.sessions().seen(session.id()).orElseThrow();
        var facts = Hearing.facts(shown, limitsOf(session), tx.now());
        var refreshToken = Hearing.future(request.client(), tx.now());
        var ruling =
                hearing.ruling(Optional.of(facts), refreshToken, session.user(), eventOf(session));
        return switch (ruling) {
            case Ruling.Allowed(var terms) -> allow(matter, session, terms, hearing);
            case Ruling.Denied denied -> deny(matter, session, denied, hearing);
            case Ruling.Redirected(var url) -> sendElsewhere(matter, session, url);
        };
    }

    private Authorized sendElsewhere(Matter matter, Session session, String url) {
        if (request.ask().silent()) {
            discard(matter);
            return deny(new Denial.InteractionRequired(), Optional.of(session));
        }
        // It is counted when the browser is back.
        redemption = Optional.empty();
        var heard = (Policy.Heard) request.policy();
        return new Authorized.SentElsewhere(
                url,
                store(
                        new Stage.Elsewhere(
                                session.id(),
                                matter.transfer().map(Transfer::id),
                                heard.verdict().continuation().orElseThrow())));
    }

    Optional<Answered> comeBack(Waiting waiting) {
        return tx.interactions()
                .claimAbsent(waiting.state(), waiting.browser())
                .map(Interaction::stage)
                .map(
                        stage ->
                                switch (stage) {
                                    case Stage.Elsewhere elsewhere -> comeBack(elsewhere);
                                    case Stage.Completed _,
                                            Stage.Refused _,
                                            Stage.SigningIn _,
                                            Stage.Confirming _ ->
                                            throw new IllegalStateException("nobody was sent away");
                                })
                .map(this::answered);
    }

    /// What the browser may do now is decided when the Actions have been heard again.
    private Authorized comeBack(Stage.Elsewhere stage) {
        var transfer = stage.transfer().flatMap(tx.transfers()::find);
        isTriggered = transfer.isPresent();
        var isStanding =
                tx.sessions()
                        .find(stage.by())
                        .filter(session -> session.isStandingAt(tx.now()))
                        .isPresent();
        if (!isStanding) return signOn(Optional.empty(), Optional.empty());
        return new Authorized.Asking(
                new Matter(
                        stage.by(),
                        transfer,
                        request.ask().satisfied(),
                        Scene.of(tx, stage.by(), transfer),
                        Optional.of(stage.continuation())));
    }

    private Authorized allow(Matter matter, Session session, Ruling.Terms terms, Hearing hearing) {
        var used =
                session.pending()
                        ? session.pending(false)
                        : session.usedAt(tx.now(), limitsOf(session));
        var governed = used.under(terms);
        if (matter.transfer().isPresent()
                || session.pending()
                || !governed.equals(used)
                || session.isWorthRecording(used))
            tx.sessions().recordUse(governed, request.origin().device());
        terms.sessionMetadata().ifPresent(it -> tx.sessions().putMetadata(session.id(), it));
        if (matter.transfer().isPresent() || governed.persistent() != session.persistent()) {
            tx.sessions().renewSecret(session.id(), request.minted().sessionSecret());
            cookie = new Cookie.Renewed(governed.cookieAge(tx.now()));
        }
        heard = Optional.of(hearing);
        return grant(governed, matter.transfer(), terms);
    }

    private Authorized deny(Matter matter, Session session, Ruling.Denied denied, Hearing hearing) {
        heard = Optional.of(hearing);
        if (denied.ends().isEmpty()) discard(matter);
        else {
            var isAlone = denied.ends().contains(Ruling.Ends.SESSION);
            ended = Optional.of(hearing.revoke(session.id(), isAlone, eventOf(session)));
            cookie = new Cookie.Cleared();
        }
        matter.transfer().ifPresent(it -> tx.transfers().record(it.id(), DENIED));
        matter.transfer().ifPresent(_ -> redemption = Optional.of(DENIED));
        return deny(
                new Denial.ByAction(denied.error(), denied.description()), Optional.of(session));
    }

    private LogEvent eventOf(Session session) {
        return event("w")
                .about(session.user(), session.connection(), request.request().organization());
    }

    /// A session that was to be opened isn't; one that the browser had before stays as it is.
    private void discard(Matter matter) {
        tx.sessions()
                .find(matter.session())
                .filter(Session::pending)
                .ifPresent(
                        session -> {
                            Endings.endSessions(tx, List.of(session.id()), Cause.ACTION);
                            if (request.cookie()
                                    .flatMap(tx.sessions()::find)
                                    .filter(it -> it.id().equals(session.id()))
                                    .isPresent()) cookie = new Cookie.Cleared();
                        });
    }

    private Optional<Session> lockSession() {
        return lockStanding().filter(session -> !session.pending());
    }

    /// The session of the cookie, pending or not.
    private Optional<Session> lockStanding() {
        var seen = request.cookie().flatMap(tx.sessions()::find);
        seen.ifPresent(session -> tx.users().lockShared(session.user()));
        return seen.flatMap(_ -> tx.sessions().lockExclusive(request.cookie().orElseThrow()))
                .flatMap(this::ifStanding);
    }

    /// A session that only its own limits still let live ends here, with all that is bound to it,
    /// or the tenant's would never come to count for it.
    private Optional<Session> ifStanding(Session session) {
        if (!session.isStandingAt(tx.now())) return Optional.empty();
        if (session.pending(false).isLiveAt(tx.now(), limitsOf(session)))
            return Optional.of(session);
        ended = Optional.of(Endings.endSessions(tx, List.of(session.id()), Cause.EXPIRED));
        return Optional.empty();
    }

    private SessionLimits limitsOf(Session session) {
        return session.parent().isPresent() ? request.transferLimits() : request.limits();
    }

    private Authorized redeem(List<Secret> tokens) {
        isTriggered = true;
        var hashes = tokens.stream().map(Secret::hash).toList();
        var owners = hashes.stream().map(tx.transfers()::owner).flatMap(Optional::stream).toList();
        var held = lock(owners);
        var claims =
                hashes.stream()
                        .map(hash -> tx.transfers().claim(hash, request.client().id()))
                        .toList();
        var claim = claims.size() == 1 ? claims.getFirst() : new Claim.Conflicting();
        isUsedAgain =
                claim instanceof Claim.UnknownOrUsed
                        && owners.stream().anyMatch(owner -> tx.now().isBefore(owner.expiresAt()));
        var decision = Redeem.decide(facts(claim, owners, held));
        if (claim instanceof Claim.Taken(var transfer)
                && request.arrival().wantsConfirmation()
                && takesEffect(decision)) return askFirst(transfer);
        return settle(claims, decision);
    }

    /// Whether more than the token changes: a session opens, or another's ends.
    private static boolean takesEffect(Decision decision) {
        return switch (decision) {
            case Decision.Accepted _ -> true;
            case Decision.Refused(_, _, var ends) -> ends.isPresent();
        };
    }

    private Authorized askFirst(Transfer transfer) {
        tx.transfers().record(transfer.id(), UNCONFIRMED);
        if (!request.ask().silent()) return pause(new Stage.Confirming(transfer.id()));
        redemption = Optional.of(UNCONFIRMED);
        var denial = new Denial.InteractionRequired();
        tx.log()
                .append(
                        failed(denial)
                                .about(
                                        transfer.user(),
                                        transfer.connection(),
                                        transfer.organization()));
        return answerOrPark(denial);
    }

    private Authorized settle(List<Claim> claims, Decision decision) {
        redemption = Optional.of(outcome(decision));
        for (var each : claims)
            if (each instanceof Claim.Taken(var transfer))
                tx.transfers().record(transfer.id(), outcome(decision));
        return switch (decision) {
            case Decision.Accepted(var transfer, var kept) -> signOn(kept, Optional.of(transfer));
            case Decision.Refused(var reason, var transfer, var ends) ->
                    refuse(reason, transfer, ends);
        };
    }

    private static String outcome(Decision decision) {
        return switch (decision) {
            case Decision.Accepted _ -> ACCEPTED;
            case Decision.Refused(var reason, _, _) -> reason.code();
        };
    }

    /// What is locked before anything is claimed; the other order deadlocks (THREATS section 0).
    private record Held(UserState user, boolean parentIsLive, Optional<Session> session) {}

    private Held lock(List<TransferTable.Owner> owners) {
        var user = lockUsers(owners);
        var parentIsLive = lockParents(owners);
        var session =
                request.cookie()
                        .flatMap(tx.sessions()::lockExclusive)
                        .filter(it -> !it.pending())
                        .flatMap(this::ifStanding);
        return new Held(user, parentIsLive, session);
    }

    /// Locks the token's user and the session's user, in ascending order; returns the state of the
    /// former.
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
            var isSubject = !owners.isEmpty() && user.equals(owners.getFirst().user());
            var found =
                    isSubject
                            ? Hearing.lock(tx, user, request.policy())
                            : tx.users().lockShared(user);
            if (isSubject) state = found;
        }
        return state;
    }

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

    private Facts facts(Claim claim, List<TransferTable.Owner> owners, Held held) {
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
                held.parentIsLive(),
                held.user(),
                issuerIsAllowed,
                request.request().organization(),
                isMember,
                transfer.map(this::connectionIsEnabled).orElse(false),
                request.client().transfer().binding(),
                request.origin().device(),
                held.session());
    }

    private boolean connectionIsEnabled(Transfer transfer) {
        if (request.connection().isPresent()
                && !request.connection().get().equals(transfer.connection())) return false;
        return tx.users()
                .isEnabled(transfer.connection(), request.client().id(), transfer.organization());
    }

    /// As if nothing had been sent and no session existed.
    private Authorized refuse(Reason reason, Optional<Transfer> transfer, Optional<Session> ends) {
        tx.log()
                .append(
                        ends.map(session -> mismatch(transfer.orElseThrow(), session))
                                .orElseGet(() -> warning(reason, transfer)));
        if (reason == Reason.OTHER_DEVICE || reason == Reason.UNKNOWN_NETWORK)
            issuedTo = transfer.map(Transfer::device);
        if (ends.isPresent() && mismatchesOf(transfer.orElseThrow()) > request.mismatches().most())
            return deny(
                    request.ask().silent()
                            ? new Denial.LoginRequired()
                            : new Denial.TooManyMismatches(),
                    Optional.empty());
        ends.ifPresent(
                session -> {
                    ended =
                            Optional.of(
                                    Endings.endSessions(
                                            tx,
                                            List.of(session.id()),
                                            Cause.OTHER_USER_TRANSFERRED));
                    cookie = new Cookie.Cleared();
                });
        return signOn(Optional.empty(), Optional.empty());
    }

    /// Counted by user. Counting by session too would add nothing: a session ends with its first
    /// mismatch.
    private long mismatchesOf(Transfer transfer) {
        return tx.attempts()
                .count(transfer.user().value(), "transfer-mismatch", request.mismatches().window())
                .attempts();
    }

    /// Evaluates the rest of the request with whom the browser has now.
    ///
    /// @param session the session to go on with
    /// @param transfer the accepted transfer, which opens a session if there is none
    private Authorized signOn(Optional<Session> session, Optional<Transfer> transfer) {
        var standing = session.map(this::standing).or(() -> transfer.map(Evaluation::standing));
        return switch (SignOn.decide(request.ask(), standing, tx.now())) {
            case PROCEED -> proceed(session, transfer);
            case LOGIN -> pause(new Stage.SigningIn());
            case LOGIN_REQUIRED -> deny(new Denial.LoginRequired(), session);
            case NOT_A_MEMBER ->
                    deny(new Denial.NotAMember(standing.orElseThrow().user()), session);
        };
    }

    private SignOn.Standing standing(Session session) {
        var organization = request.request().organization();
        var isWanted = request.connection().map(session.connection()::equals).orElse(true);
        var isEnabled =
                isWanted
                        && tx.users()
                                .isEnabled(
                                        session.connection(), request.client().id(), organization);
        var isMember =
                organization
                        .map(of -> tx.users().mayBelong(session.user(), session.connection(), of))
                        .orElse(true);
        return new SignOn.Standing(session.user(), session.authentication(), isEnabled, isMember);
    }

    /// Everything else about a transfer was checked before it was accepted.
    private static SignOn.Standing standing(Transfer transfer) {
        return new SignOn.Standing(transfer.user(), transfer.authentication(), true, true);
    }

    private Authorized proceed(Optional<Session> kept, Optional<Transfer> transfer) {
        var parks = request.arrival().parksAnswer();
        if (isUnheard() && !parks)
            return ask(kept.orElseGet(() -> open(transfer.orElseThrow())), transfer, request.ask());
        var session =
                kept.map(it -> use(it, transfer.isPresent()))
                        .orElseGet(() -> open(transfer.orElseThrow()));
        if (transfer.isPresent()) {
            // THREATS R25.1: every redemption renews the cookie's secret, in a kept session too.
            kept.ifPresent(
                    it -> tx.sessions().renewSecret(it.id(), request.minted().sessionSecret()));
            cookie = new Cookie.Renewed(session.cookieAge(tx.now()));
        }
        if (parks && isUnheard()) redemption = Optional.empty();
        return parks
                ? pause(new Stage.Completed(session.id(), transfer.map(Transfer::id)))
                : grant(session, transfer, NOTHING);
    }

    /// @param isTold whether the use is one that the session must show, whatever it costs
    private Session use(Session session, boolean isTold) {
        var used = session.usedAt(tx.now(), limitsOf(session));
        if (!isTold && !session.isWorthRecording(used)) return session;
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
                                request.transferLimits())
                        .pending(isUnheard());
        tx.sessions()
                .insert(
                        session,
                        Optional.of(transfer.id()),
                        request.minted().sessionSecret(),
                        request.origin().device());
        return session;
    }

    private Authorized grant(Session session, Optional<Transfer> redeemed, Ruling.Terms terms) {
        var parent = redeemed.map(Transfer::parent).or(session::parent);
        var wanted = request.request().scoped(terms.scope(request.request().scope()));
        // Contract native-to-web §7: not only the redeeming authorization, or a second silent one
        // would side-step it.
        var offline =
                request.offline()
                        && terms.allowsRefreshToken()
                        && (parent.isEmpty() || request.client().transfer().allowsRefreshToken());
        var code =
                new AuthorizationCode(
                        request.client().id(),
                        session.user(),
                        session.id(),
                        parent,
                        parent.isPresent() && !offline ? withoutOffline(wanted) : wanted,
                        offline,
                        Hearing.tokens(terms),
                        tx.now().plus(AuthorizationCode.LIFETIME));
        tx.codes().insert(request.minted().code(), code);
        tx.sessions().recordClient(session.id(), request.client().id(), request.origin().host());
        tx.users().recordLogin(session.user(), request.origin().device().address());
        request.request()
                .organization()
                .ifPresent(
                        of -> tx.users().joinBySigningIn(session.user(), session.connection(), of));
        tx.log()
                .append(
                        flagged(heard(event(request.ask().silent() ? "ssa" : "s")))
                                .about(
                                        session.user(),
                                        session.connection(),
                                        request.request().organization())
                                .with("session_id", session.id().value()));
        return new Authorized.Granted(cookie);
    }

    private static AuthorizationCode.Request withoutOffline(AuthorizationCode.Request request) {
        var scope =
                List.of(request.scope().split(" ", -1)).stream()
                        .filter(value -> !value.equals(OFFLINE))
                        .collect(Collectors.joining(" "));
        return request.scoped(scope);
    }

    private LogEvent heard(LogEvent event) {
        return heard.map(it -> it.heard(event)).orElse(event);
    }

    private Authorized pause(Stage stage) {
        return new Authorized.Paused(cookie, next(stage), store(stage));
    }

    /// Tells whether the browser gets a new interaction cookie.
    private boolean store(Stage stage) {
        // Other tabs of this browser keep their interactions; a value that we didn't give out is
        // not adopted.
        var known = request.browser().filter(tx.interactions()::knows);
        tx.interactions()
                .insert(
                        request.minted().interaction(),
                        known.orElse(request.minted().interactionCookie()),
                        new Interaction(
                                request.text(),
                                request.client().id(),
                                tx.now(),
                                tx.now().plus(patience(stage)),
                                stage));
        return known.isEmpty();
    }

    private static Duration patience(Stage stage) {
        return switch (stage) {
            case Stage.Confirming _ -> Interaction.CONFIRMATION;
            case Stage.Elsewhere _ -> Interaction.ABSENCE;
            case Stage.SigningIn _, Stage.Completed _, Stage.Refused _ -> Interaction.LIFETIME;
        };
    }

    private static Next next(Stage stage) {
        return switch (stage) {
            case Stage.SigningIn _ -> Next.SIGN_IN;
            case Stage.Confirming _ -> Next.CONFIRM;
            case Stage.Completed _, Stage.Refused _ -> Next.RESUME;
            case Stage.Elsewhere _ -> throw new IllegalStateException("isn't a place of ours");
        };
    }

    private Authorized deny(Denial denial, Optional<Session> whose) {
        var event = failed(denial);
        tx.log()
                .append(
                        whose.map(
                                        session ->
                                                event.about(
                                                        session.user(),
                                                        session.connection(),
                                                        request.request().organization()))
                                .orElse(event));
        return answerOrPark(denial);
    }

    private Authorized answerOrPark(Denial denial) {
        var isPage =
                request.arrival().answersWithPage() || denial instanceof Denial.TooManyMismatches;
        return isPage && request.arrival().tokenIsInUrl()
                ? pause(new Stage.Refused(denial))
                : new Authorized.Denied(cookie, denial);
    }

    private static String text(Denial denial) {
        return switch (denial) {
            case Denial.LoginRequired _ -> "Login required";
            case Denial.InteractionRequired _ -> "Interaction required";
            case Denial.NotAMember _ -> "Not a member of the organization";
            case Denial.ByAction(_, var description) -> description;
            case Denial.TooManyMismatches _ -> "Too many user mismatches";
        };
    }

    /// The `error` that belongs to it (contract native-to-web §10.2).
    private static String oauthError(Denial denial) {
        return switch (denial) {
            case Denial.LoginRequired _ -> "login_required";
            case Denial.InteractionRequired _ -> "interaction_required";
            case Denial.NotAMember _, Denial.TooManyMismatches _ -> "access_denied";
            case Denial.ByAction(var error, _) -> error;
        };
    }

    private LogEvent warning(Reason reason, Optional<Transfer> transfer) {
        var event =
                reason.warning()
                        .map(text -> event("w").described(text))
                        .orElseGet(() -> blocked(reason));
        return transfer.map(it -> event.about(it.user(), it.connection(), it.organization()))
                .orElse(event);
    }

    private LogEvent blocked(Reason reason) {
        var text = reason == Reason.USER_BLOCKED ? "user is blocked" : "user does not exist";
        return flagged(event("f"))
                .described(text)
                .with("error.message", text)
                .with("error.oauthError", "access_denied");
    }

    /// THREATS R2.4: whose token met whose session, and who had asked for the token.
    private LogEvent mismatch(Transfer transfer, Session session) {
        return warning(Reason.OTHER_USER, Optional.of(transfer))
                .with("issuing_client_id", transfer.issuer().value())
                .with("user_hash", transfer.user().pseudonym())
                .with("session_id", session.id().value())
                .with("session_user_hash", session.user().pseudonym());
    }

    private LogEvent failed(Denial denial) {
        return flagged(heard(event(request.ask().silent() ? "fsa" : "f")))
                .described(text(denial))
                .with("error.message", text(denial))
                .with("error.oauthError", oauthError(denial));
    }

    /// The flag is written only when it is true (contract native-to-web §10.2).
    private LogEvent flagged(LogEvent event) {
        return isTriggered ? event.with("triggered_by_session_transfer_token", true) : event;
    }

    private LogEvent event(String type) {
        return LogEvent.of(type, request.origin())
                .about(request.client().id(), request.client().name())
                .asking(request.request().audience(), Optional.of(request.request().scope()));
    }
}
