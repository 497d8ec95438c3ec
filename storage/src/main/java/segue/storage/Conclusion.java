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
import segue.domain.session.Session;
import segue.domain.transfer.Decision;
import segue.domain.transfer.Reason;
import segue.domain.transfer.Transfer;
import segue.storage.Authorizations.Authorize;
import segue.storage.Authorizations.Authorized;
import segue.storage.Authorizations.Cookie;
import segue.storage.Authorizations.Matter;
import segue.storage.Authorizations.Waiting;
import segue.storage.Redemption.Judged;
import segue.storage.Reply.Answered;
import segue.storage.jdbc.Tx;

import java.util.Optional;
import java.util.function.Function;

/// How a request ends once Actions, or its user, have been heard about it (THREATS table 1.3, row
/// 12), in a transaction of its own: every fact is read again, but for the claim.
final class Conclusion {
    private final Tx tx;
    private final Authorize request;
    private final Reply reply;
    private final Redemption redemption;
    private final Evaluation evaluation;
    private final Standings standings;
    private final Permission permission;

    Conclusion(Tx tx, Authorize request) {
        this.tx = tx;
        this.request = request;
        this.reply = new Reply(tx, request);
        this.redemption = new Redemption(tx, request.circumstances());
        this.evaluation = new Evaluation(tx, request, reply, redemption);
        this.standings = new Standings(tx, request.circumstances());
        this.permission = new Permission(tx, request, reply);
    }

    Answered conclude(Matter matter) {
        reply.trigger(matter.transfer().isPresent());
        return reply.answered(
                matter.transfer()
                        .map(transfer -> conclude(matter, transfer))
                        .orElseGet(() -> concludeWithout(matter)));
    }

    private Authorized conclude(Matter matter, Transfer transfer) {
        var held = redemption.lock(transfer);
        var session = lock(matter.session());
        var judged = redemption.judge(transfer, held);
        return switch (judged.decision()) {
            case Decision.Refused _ -> {
                evaluation.discard(matter.session(), Cause.ACTION);
                yield evaluation.settle(judged);
            }
            case Decision.Accepted _ -> {
                reply.compared(judged.device());
                reply.accepted();
                yield rule(matter, session);
            }
        };
    }

    private Authorized concludeWithout(Matter matter) {
        Hearing.lock(tx, matter.scene().user(), request.policy());
        return rule(matter, lock(matter.session()));
    }

    private Optional<Session> lock(SessionId id) {
        var session = tx.sessions().lockExclusive(id).flatMap(redemption::ifStanding);
        redemption.ended().ifPresent(reply::ends);
        return session;
    }

    /// Decides with what Actions said, if all else still holds.
    private Authorized rule(Matter matter, Optional<Session> session) {
        return ifStanding(
                matter.session(), matter.ask(), session, Cause.ACTION, it -> rule(matter, it));
    }

    private Authorized ifStanding(
            SessionId id,
            Ask ask,
            Optional<Session> session,
            Cause otherwise,
            Function<Session, Authorized> next) {
        return switch (SignOn.decide(ask, session.map(standings::of), tx.now())) {
            case PROCEED -> next.apply(session.orElseThrow());
            case LOGIN -> {
                evaluation.discard(id, otherwise);
                yield reply.pause(new Stage.SigningIn());
            }
            case LOGIN_REQUIRED -> {
                evaluation.discard(id, otherwise);
                yield reply.denyLogin(session);
            }
            case NOT_A_MEMBER -> {
                evaluation.discard(id, otherwise);
                yield reply.deny(new Denial.NotAMember(session.orElseThrow().user()), session);
            }
        };
    }

    private Authorized rule(Matter matter, Session session) {
        var hearing = new Hearing(tx, (Policy.Heard) request.policy());
        var shown = tx.sessions().seen(session.id()).orElseThrow();
        var facts = Hearing.facts(shown, redemption.limitsOf(session), tx.now());
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
            evaluation.discard(matter.session(), Cause.ACTION);
            return reply.deny(new Denial.InteractionRequired(), Optional.of(session));
        }
        // It is counted when the browser is back.
        reply.undecided();
        var heard = (Policy.Heard) request.policy();
        return new Authorized.SentElsewhere(
                url,
                reply.store(
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
                                            Stage.Activating _,
                                            Stage.Confirming _,
                                            Stage.Consenting _ ->
                                            throw new IllegalStateException("nobody was sent away");
                                })
                .map(reply::answered);
    }

    /// What the browser may do now is decided when the Actions have been heard again.
    private Authorized comeBack(Stage.Elsewhere stage) {
        var transfer = stage.transfer().flatMap(tx.transfers()::find);
        reply.trigger(transfer.isPresent());
        var isStanding =
                tx.sessions()
                        .find(stage.by())
                        .filter(session -> session.isStandingAt(tx.now()))
                        .isPresent();
        if (!isStanding) return evaluation.signOn(Optional.empty(), Optional.empty());
        return new Authorized.Asking(
                new Matter(
                        stage.by(),
                        transfer,
                        request.ask().satisfied(),
                        Scene.of(tx, stage.by(), transfer),
                        Optional.of(stage.continuation()),
                        false));
    }

    private Authorized allow(Matter matter, Session session, Ruling.Terms terms, Hearing hearing) {
        reply.heard(hearing);
        var code = reply.draft(session, matter.transfer(), terms);
        var verdict = permission.verdict(code, matter.isSeen());
        return switch (verdict) {
            case PROCEED -> reply.issue(code, enter(matter, session, terms, false));
            case ASK -> {
                enter(matter, session, terms, session.pending() && matter.transfer().isPresent());
                yield permission.ask(code, matter.transfer());
            }
            case CONSENT_REQUIRED, INTERACTION_REQUIRED -> {
                if (matter.transfer().isPresent())
                    evaluation.discard(session.id(), Cause.CONSENT_REFUSED);
                yield permission.deny(verdict, Optional.of(session), matter.transfer());
            }
        };
    }

    /// @param waits whether the session does, for its user
    private Session enter(Matter matter, Session session, Ruling.Terms terms, boolean waits) {
        var used =
                session.pending()
                        ? session.pending(waits)
                        : session.usedAt(tx.now(), redemption.limitsOf(session));
        var governed = used.under(terms);
        if (matter.transfer().isPresent()
                || session.pending()
                || !governed.equals(used)
                || session.isWorthRecording(used))
            tx.sessions().recordUse(governed, request.origin().device());
        terms.sessionMetadata().ifPresent(it -> tx.sessions().putMetadata(session.id(), it));
        var isRenewed =
                matter.transfer().isPresent() || governed.persistent() != session.persistent();
        if (isRenewed && !waits) reply.renew(governed, tx.now());
        return governed;
    }

    Optional<Answered> consent(Waiting waiting, boolean isAllowed) {
        return tx.interactions()
                .find(waiting.state(), waiting.browser())
                .map(Interaction::stage)
                .flatMap(
                        stage ->
                                stage instanceof Stage.Consenting consenting
                                        ? consent(waiting, consenting, isAllowed)
                                        : Optional.empty())
                .map(reply::answered);
    }

    private Optional<Authorized> consent(
            Waiting waiting, Stage.Consenting stage, boolean isAllowed) {
        var transfer = stage.transfer().flatMap(tx.transfers()::find);
        reply.trigger(transfer.isPresent());
        var held = transfer.map(redemption::lock);
        if (held.isEmpty())
            tx.sessions().find(stage.by()).map(Session::user).ifPresent(tx.users()::lockShared);
        var session = lock(stage.by());
        if (tx.interactions().claimConsenting(waiting.state(), waiting.browser()).isEmpty())
            return Optional.empty();
        var code = tx.codes().take(stage.code());
        if (code.isEmpty() || !isAllowed) {
            evaluation.discard(stage.by(), Cause.CONSENT_REFUSED);
            return code.map(_ -> permission.refuse(session, transfer));
        }
        var judged = transfer.map(it -> redemption.judge(it, held.orElseThrow()));
        if (judged.isPresent() && judged.get().decision() instanceof Decision.Refused) {
            evaluation.discard(stage.by(), Cause.CONSENT_REFUSED);
            return judged.map(evaluation::settle);
        }
        judged.map(Judged::device).ifPresent(reply::compared);
        return Optional.of(
                ifStanding(
                        stage.by(),
                        request.ask().satisfied(),
                        session,
                        Cause.CONSENT_REFUSED,
                        it -> {
                            if (transfer.isPresent()) reply.accepted();
                            return permission.allow(code.get(), begun(it));
                        }));
    }

    /// A session that waited for its user's answer works, and its browser gets the cookie.
    private Session begun(Session session) {
        if (!session.pending()) return session;
        var begun = session.pending(false);
        tx.sessions().recordUse(begun, request.origin().device());
        reply.renew(begun, tx.now());
        return begun;
    }

    private Authorized deny(Matter matter, Session session, Ruling.Denied denied, Hearing hearing) {
        reply.heard(hearing);
        if (denied.ends().isEmpty()) evaluation.discard(matter.session(), Cause.ACTION);
        else {
            var isAlone = denied.ends().contains(Ruling.Ends.SESSION);
            reply.ends(hearing.revoke(session.id(), isAlone, eventOf(session)));
            reply.set(new Cookie.Cleared());
        }
        matter.transfer()
                .ifPresent(
                        transfer -> {
                            reply.refused(Reason.DENIED_BY_ACTION);
                            tx.transfers().record(transfer.id(), Reason.DENIED_BY_ACTION.code());
                        });
        return reply.deny(
                new Denial.ByAction(denied.error(), denied.description()), Optional.of(session));
    }

    private LogEvent eventOf(Session session) {
        return reply.event("w")
                .about(session.user(), session.connection(), request.request().organization());
    }
}
