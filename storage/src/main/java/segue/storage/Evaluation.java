package segue.storage;

import segue.domain.action.Policy;
import segue.domain.action.Ruling;
import segue.domain.authorize.Ask;
import segue.domain.authorize.Denial;
import segue.domain.authorize.Interaction;
import segue.domain.authorize.Interaction.Stage;
import segue.domain.authorize.SignOn;
import segue.domain.identifier.SessionId;
import segue.domain.log.LogEvent;
import segue.domain.revocation.Cause;
import segue.domain.secret.SecretHash;
import segue.domain.session.Session;
import segue.domain.transfer.Decision;
import segue.domain.transfer.Presented;
import segue.domain.transfer.Reason;
import segue.domain.transfer.Transfer;
import segue.storage.Authorizations.Authorize;
import segue.storage.Authorizations.Authorized;
import segue.storage.Authorizations.Cookie;
import segue.storage.Authorizations.Matter;
import segue.storage.Authorizations.Waiting;
import segue.storage.Redemption.Judged;
import segue.storage.Reply.Answered;
import segue.storage.jdbc.TransferTable;
import segue.storage.jdbc.Tx;

import java.util.List;
import java.util.Optional;

/// One authorization request inside its transaction: reads the facts under locks, lets the domain
/// decide, and does what was decided. What follows when Actions have been heard is [Conclusion]'s.
final class Evaluation {
    static final String UNCONFIRMED = "unconfirmed";
    static final String DECLINED = "declined";

    private final Tx tx;
    private final Authorize request;
    private final Reply reply;
    private final Redemption redemption;
    private final Standings standings;
    private final Permission permission;

    /// Whether the user has seen a page of ours on the way here.
    private boolean isSeen = false;

    Evaluation(Tx tx, Authorize request) {
        this(tx, request, new Reply(tx, request), new Redemption(tx, request.circumstances()));
    }

    Evaluation(Tx tx, Authorize request, Reply reply, Redemption redemption) {
        this.tx = tx;
        this.request = request;
        this.reply = reply;
        this.redemption = redemption;
        this.standings = new Standings(tx, request.circumstances());
        this.permission = new Permission(tx, request, reply);
    }

    Answered run() {
        return reply.answered(
                switch (request.presented()) {
                    case Presented.Nowhere _ -> signOn(lockSession(), Optional.empty());
                    case Presented.NotAllowed _ -> {
                        reply.refused(Reason.METHOD_NOT_ALLOWED);
                        tx.log().append(reply.warning(Reason.METHOD_NOT_ALLOWED, Optional.empty()));
                        yield signOn(lockSession(), Optional.empty());
                    }
                    case Presented.Once(var token) -> redeem(List.of(token));
                    case Presented.Conflicting(var tokens) -> redeem(tokens);
                });
    }

    private Optional<Session> lockSession() {
        var session = redemption.lockStanding().filter(it -> !it.pending());
        redemption.ended().ifPresent(reply::ends);
        return session;
    }

    Optional<Answered> resume(Waiting waiting) {
        var session = redemption.lockStanding();
        redemption.ended().ifPresent(reply::ends);
        return tx.interactions()
                .claimAnswerable(waiting.state(), waiting.browser())
                .flatMap(
                        interaction ->
                                switch (interaction.stage()) {
                                    case Stage.Refused(var denial) -> Optional.of(denied(denial));
                                    case Stage.Completed(var by, var transfer) ->
                                            session.filter(it -> it.id().equals(by))
                                                    .map(
                                                            it ->
                                                                    complete(
                                                                            it,
                                                                            transfer.flatMap(
                                                                                    tx.transfers()
                                                                                            ::find)));
                                    case Stage.SigningIn _,
                                            Stage.Activating _,
                                            Stage.Confirming _,
                                            Stage.Consenting _,
                                            Stage.Elsewhere _ ->
                                            throw new IllegalStateException(
                                                    "its user hasn't been heard");
                                })
                .map(reply::answered);
    }

    /// RFC 8628 §3.3: with whom the browser has now, or with whom it will have.
    Optional<Answered> activate(Waiting waiting) {
        var session = lockSession();
        return tx.interactions()
                .claimActivating(waiting.state(), waiting.browser())
                .map(_ -> reply.answered(signOn(session, Optional.empty())));
    }

    private static Authorized denied(Denial denial) {
        return new Authorized.Denied(new Cookie.Unchanged(), denial);
    }

    private Authorized complete(Session session, Optional<Transfer> transfer) {
        reply.trigger(transfer.isPresent());
        // Without a transfer it comes from the sign-in page.
        isSeen = transfer.isEmpty();
        var ask = request.ask().satisfied();
        return switch (SignOn.decide(ask, Optional.of(standings.of(session)), tx.now())) {
            case PROCEED -> isUnheard() ? ask(session, transfer, ask) : answer(session, transfer);
            case LOGIN -> reply.pause(new Stage.SigningIn());
            case LOGIN_REQUIRED -> reply.denyLogin(Optional.of(session));
            case NOT_A_MEMBER ->
                    reply.deny(new Denial.NotAMember(session.user()), Optional.of(session));
        };
    }

    private Authorized answer(Session session, Optional<Transfer> transfer) {
        var code = reply.draft(session, transfer, Ruling.Terms.NOTHING);
        if (transfer.isPresent() && !request.consent().isExempt()) reply.accepted();
        var verdict = permission.verdict(code, isSeen);
        return switch (verdict) {
            case PROCEED -> reply.issue(code, activated(session));
            case ASK -> {
                if (transfer.isEmpty()) activated(session);
                yield permission.ask(code, transfer);
            }
            case CONSENT_REQUIRED, INTERACTION_REQUIRED -> {
                if (transfer.isPresent()) discard(session.id(), Cause.CONSENT_REFUSED);
                yield permission.deny(verdict, Optional.of(session), transfer);
            }
        };
    }

    /// A session that was to be opened isn't; one that the browser had before stays as it is.
    void discard(SessionId pending, Cause cause) {
        tx.sessions()
                .find(pending)
                .filter(Session::pending)
                .ifPresent(
                        session -> {
                            Endings.endSessions(tx, List.of(session.id()), cause);
                            if (request.cookie()
                                    .flatMap(tx.sessions()::find)
                                    .filter(it -> it.id().equals(session.id()))
                                    .isPresent()) reply.set(new Cookie.Cleared());
                        });
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
        return transfer.flatMap(it -> confirm(waiting, it, isTheirs)).map(reply::answered);
    }

    private Optional<Authorized> confirm(Waiting waiting, Transfer transfer, boolean isTheirs) {
        reply.trigger(true);
        var held = redemption.lock(transfer);
        if (tx.interactions().claimConfirming(waiting.state(), waiting.browser()).isEmpty())
            return Optional.empty();
        isSeen = true;
        if (!isTheirs) return Optional.of(decline(transfer));
        if (request.client().transfer().accepted().isEmpty()) {
            reply.refused(Reason.METHOD_NOT_ALLOWED);
            tx.transfers().record(transfer.id(), Reason.METHOD_NOT_ALLOWED.code());
            return Optional.of(
                    refuse(Reason.METHOD_NOT_ALLOWED, Optional.of(transfer), Optional.empty()));
        }
        return Optional.of(settle(redemption.judge(transfer, held)));
    }

    private Authorized decline(Transfer transfer) {
        reply.came(DECLINED);
        tx.transfers().record(transfer.id(), DECLINED);
        tx.log()
                .append(
                        Reply.about(
                                reply.event("w")
                                        .described(
                                                "Single Sign-On failed: Session Transfer Token was"
                                                        + " declined in the browser."),
                                transfer));
        return signOn(Optional.empty(), Optional.empty());
    }

    private boolean isUnheard() {
        return request.policy() instanceof Policy.Unheard;
    }

    private Authorized ask(Session session, Optional<Transfer> transfer, Ask ask) {
        reply.undecided();
        return new Authorized.Asking(
                new Matter(
                        session.id(),
                        transfer,
                        ask,
                        Scene.of(tx, session.id(), transfer),
                        Optional.empty(),
                        isSeen));
    }

    /// A session that waited for Actions which nobody asks any more.
    private Session activated(Session session) {
        if (!session.pending()) return session;
        var active = session.pending(false);
        tx.sessions().recordUse(active, request.origin().device());
        return active;
    }

    private Authorized redeem(List<SecretHash> tokens) {
        reply.trigger(true);
        var judged = redemption.judge(tokens);
        redemption.ended().ifPresent(reply::ends);
        reply.usedAgain(judged.isUsedAgain());
        var decision = judged.decision();
        if (request.arrival().wantsConfirmation() && takesEffect(decision))
            return askFirst(judged.tokens().getFirst());
        return settle(judged);
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
        if (!request.ask().silent()) return reply.pause(new Stage.Confirming(transfer.id()));
        reply.came(UNCONFIRMED);
        return reply.deny(new Denial.InteractionRequired(), transfer);
    }

    /// Carries out what was decided.
    Authorized settle(Judged judged) {
        reply.compared(judged.device());
        redemption.ended().ifPresent(reply::ends);
        return switch (judged.decision()) {
            case Decision.Accepted(var transfer, var kept) -> {
                reply.accepted();
                tx.transfers().record(transfer.id(), TransferTable.ACCEPTED);
                yield signOn(kept, Optional.of(transfer));
            }
            case Decision.Refused(var reason, var transfer, var ends) -> {
                reply.refused(reason);
                judged.tokens().forEach(it -> tx.transfers().record(it.id(), reason.code()));
                yield refuse(reason, transfer, ends);
            }
        };
    }

    /// As if nothing had been sent and no session existed.
    private Authorized refuse(Reason reason, Optional<Transfer> transfer, Optional<Session> ends) {
        var warning = reply.warning(reason, transfer);
        tx.log()
                .append(
                        ends.map(session -> mismatch(warning, transfer.orElseThrow(), session))
                                .orElse(warning));
        if (reason == Reason.OTHER_DEVICE || reason == Reason.UNKNOWN_NETWORK)
            transfer.map(Transfer::device).ifPresent(reply::misbound);
        if (ends.isPresent() && mismatchesOf(transfer.orElseThrow()) > request.mismatches().most())
            return reply.deny(
                    request.ask().silent() ? reply.loginRequired() : new Denial.TooManyMismatches(),
                    Optional.empty());
        ends.ifPresent(
                session -> {
                    reply.ends(
                            Endings.endSessions(
                                    tx, List.of(session.id()), Cause.OTHER_USER_TRANSFERRED));
                    reply.set(new Cookie.Cleared());
                });
        return signOn(Optional.empty(), Optional.empty());
    }

    /// THREATS R2.4: whose token met whose session, and who had asked for the token.
    private static LogEvent mismatch(LogEvent warning, Transfer transfer, Session session) {
        return warning.with("issuing_client_id", transfer.issuer().value())
                .with("user_hash", transfer.user().pseudonym())
                .with("session_id", session.id().value())
                .with("session_user_hash", session.user().pseudonym());
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
    Authorized signOn(Optional<Session> session, Optional<Transfer> transfer) {
        var standing = standings.of(session, transfer);
        return switch (SignOn.decide(request.ask(), standing, tx.now())) {
            case PROCEED -> proceed(session, transfer);
            case LOGIN -> {
                transfer.ifPresent(this::isNotEnough);
                yield reply.pause(new Stage.SigningIn());
            }
            case LOGIN_REQUIRED -> {
                transfer.ifPresent(this::isNotEnough);
                yield reply.denyLogin(session);
            }
            case NOT_A_MEMBER ->
                    reply.deny(new Denial.NotAMember(standing.orElseThrow().user()), session);
        };
    }

    /// Contract native-to-web §5.4: a transfer never counts for more than the sign-in behind it.
    private void isNotEnough(Transfer transfer) {
        var reason = Reason.REAUTHENTICATION_REQUIRED;
        reply.refused(reason);
        tx.transfers().record(transfer.id(), reason.code());
        tx.log().append(reply.warning(reason, Optional.of(transfer)));
    }

    private Authorized proceed(Optional<Session> kept, Optional<Transfer> transfer) {
        if (request.arrival().parksAnswer()) return park(kept, transfer);
        if (isUnheard())
            return ask(
                    kept.orElseGet(() -> open(transfer.orElseThrow(), true)),
                    transfer,
                    request.ask());
        var session = kept.orElseGet(() -> fresh(transfer.orElseThrow(), true));
        var code = reply.draft(session, transfer, Ruling.Terms.NOTHING);
        var verdict = permission.verdict(code, isSeen);
        return switch (verdict) {
            case PROCEED -> reply.issue(code, enter(kept, transfer, false));
            case ASK -> {
                enter(kept, transfer, true);
                yield permission.ask(code, transfer);
            }
            case CONSENT_REQUIRED, INTERACTION_REQUIRED -> permission.deny(verdict, kept, transfer);
        };
    }

    /// The client hears its answer at a URL that holds no token.
    private Authorized park(Optional<Session> kept, Optional<Transfer> transfer) {
        var isUndecided = isUnheard() || !request.consent().isExempt();
        var session = enter(kept, transfer, isUndecided);
        // By its cookie it is found again there.
        if (session.pending()) reply.renew(session, tx.now());
        if (isUndecided) reply.undecided();
        return reply.pause(new Stage.Completed(session.id(), transfer.map(Transfer::id)));
    }

    /// @param isPending whether a session that the transfer opens must wait
    private Session enter(Optional<Session> kept, Optional<Transfer> transfer, boolean isPending) {
        var session =
                kept.map(it -> use(it, transfer.isPresent()))
                        .orElseGet(() -> open(transfer.orElseThrow(), isPending));
        // THREATS R25.1: every redemption renews the cookie's secret, in a kept session too. One
        // that waits has no cookie yet.
        if (transfer.isPresent() && !session.pending()) reply.renew(session, tx.now());
        return session;
    }

    /// @param isTold whether the use is one that the session must show, whatever it costs
    private Session use(Session session, boolean isTold) {
        var used = session.usedAt(tx.now(), redemption.limitsOf(session));
        if (!isTold && !session.isWorthRecording(used)) return session;
        tx.sessions().recordUse(used, request.origin().device());
        return used;
    }

    private Session open(Transfer transfer, boolean isPending) {
        var session = fresh(transfer, isPending);
        tx.sessions()
                .insert(
                        session,
                        Optional.of(transfer.id()),
                        request.minted().sessionSecret(),
                        request.origin().device());
        return session;
    }

    private Session fresh(Transfer transfer, boolean isPending) {
        return Session.open(
                        request.minted().session(),
                        transfer.user(),
                        transfer.connection(),
                        Optional.of(transfer.parent()),
                        transfer.authentication(),
                        tx.now(),
                        request.transferLimits())
                .bounded(transfer.bounds().sessionMaxAge(), transfer.bounds().scope())
                .pending(isPending);
    }
}
