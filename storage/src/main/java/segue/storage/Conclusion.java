package segue.storage;

import segue.domain.action.Policy;
import segue.domain.action.Ruling;
import segue.domain.authorize.Denial;
import segue.domain.authorize.Interaction;
import segue.domain.authorize.Interaction.Stage;
import segue.domain.authorize.SignOn;
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
import segue.storage.Reply.Answered;
import segue.storage.jdbc.Tx;

import java.util.List;
import java.util.Optional;

/// How a request ends once Actions have been heard about it (THREATS table 1.3, row 12), in a
/// transaction of its own: every fact is read again, but for the claim.
final class Conclusion {
    private final Tx tx;
    private final Authorize request;
    private final Reply reply;
    private final Redemption redemption;
    private final Evaluation evaluation;
    private final Standings standings;

    Conclusion(Tx tx, Authorize request) {
        this.tx = tx;
        this.request = request;
        this.reply = new Reply(tx, request);
        this.redemption = new Redemption(tx, request.circumstances());
        this.evaluation = new Evaluation(tx, request, reply, redemption);
        this.standings = new Standings(tx, request.circumstances());
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
        var session = lock(matter);
        var judged = redemption.judge(transfer, held);
        return switch (judged.decision()) {
            case Decision.Refused _ -> {
                discard(matter);
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
        return rule(matter, lock(matter));
    }

    private Optional<Session> lock(Matter matter) {
        var session = tx.sessions().lockExclusive(matter.session()).flatMap(redemption::ifStanding);
        redemption.ended().ifPresent(reply::ends);
        return session;
    }

    /// Decides with what Actions said, if all else still holds.
    private Authorized rule(Matter matter, Optional<Session> session) {
        return switch (SignOn.decide(matter.ask(), session.map(standings::of), tx.now())) {
            case PROCEED -> rule(matter, session.orElseThrow());
            case LOGIN -> {
                discard(matter);
                yield reply.pause(new Stage.SigningIn());
            }
            case LOGIN_REQUIRED -> {
                discard(matter);
                yield reply.denyLogin(session);
            }
            case NOT_A_MEMBER -> {
                discard(matter);
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
            discard(matter);
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
                                            Stage.Confirming _ ->
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
                        Optional.of(stage.continuation())));
    }

    private Authorized allow(Matter matter, Session session, Ruling.Terms terms, Hearing hearing) {
        var used =
                session.pending()
                        ? session.pending(false)
                        : session.usedAt(tx.now(), redemption.limitsOf(session));
        var governed = used.under(terms);
        if (matter.transfer().isPresent()
                || session.pending()
                || !governed.equals(used)
                || session.isWorthRecording(used))
            tx.sessions().recordUse(governed, request.origin().device());
        terms.sessionMetadata().ifPresent(it -> tx.sessions().putMetadata(session.id(), it));
        if (matter.transfer().isPresent() || governed.persistent() != session.persistent())
            reply.renew(governed, tx.now());
        reply.heard(hearing);
        return reply.grant(governed, matter.transfer(), terms);
    }

    private Authorized deny(Matter matter, Session session, Ruling.Denied denied, Hearing hearing) {
        reply.heard(hearing);
        if (denied.ends().isEmpty()) discard(matter);
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
                                    .isPresent()) reply.set(new Cookie.Cleared());
                        });
    }
}
