package segue.storage;

import segue.domain.authorize.Consent;
import segue.domain.authorize.Denial;
import segue.domain.authorize.Interaction;
import segue.domain.authorize.Interaction.Stage;
import segue.domain.grant.UserGrant;
import segue.domain.scope.Scope;
import segue.domain.session.Session;
import segue.domain.token.AuthorizationCode;
import segue.domain.transfer.Transfer;
import segue.storage.Authorizations.Authorize;
import segue.storage.Authorizations.Authorized;
import segue.storage.jdbc.Tx;

import java.util.Optional;
import java.util.Set;

/// Whether the client may have the code that is drafted for it, inside the transaction of one
/// authorization request.
final class Permission {
    static final String REQUIRED = "consent_required";
    static final String REFUSED = "consent_refused";

    private final Tx tx;
    private final Authorize request;
    private final Reply reply;

    Permission(Tx tx, Authorize request, Reply reply) {
        this.tx = tx;
        this.request = request;
        this.reply = reply;
    }

    /// Whether its user must be asked.
    ///
    /// @param isSeen the user has seen a page of ours on the way here
    Consent.Verdict verdict(AuthorizationCode code, boolean isSeen) {
        var terms = request.consent();
        if (terms.isExempt()) return Consent.Verdict.PROCEED;
        var given = tx.grants().consented(code.user(), code.client(), code.request().audience());
        return Consent.decide(request.ask().silent(), terms, wanted(code), given, isSeen);
    }

    /// What a client can learn by it. Single claims are worth the scopes that they belong to; those
    /// of a bounded code were left out.
    private Set<String> wanted(AuthorizationCode code) {
        var wanted = Scope.words(code.request().scope());
        if (code.request().requestedClaims().isPresent()) wanted.addAll(request.consent().claims());
        return wanted;
    }

    /// Asks the user. The code waits beside the question under a secret that nobody is given, so
    /// that nothing of what Actions decided is lost, nor decided twice.
    Authorized ask(AuthorizationCode code, Optional<Transfer> transfer) {
        // It is counted when they have answered.
        reply.undecided();
        tx.codes().insert(request.minted().code(), code.until(tx.now().plus(Interaction.LIFETIME)));
        return reply.pause(
                new Stage.Consenting(
                        code.session(), transfer.map(Transfer::id), request.minted().code()));
    }

    /// Why a silent request gets no code.
    Authorized deny(
            Consent.Verdict verdict, Optional<Session> session, Optional<Transfer> transfer) {
        transfer.ifPresent(it -> record(it, REQUIRED));
        var denial =
                switch (verdict) {
                    case CONSENT_REQUIRED -> new Denial.ConsentRequired();
                    case INTERACTION_REQUIRED -> new Denial.InteractionRequired();
                    case PROCEED, ASK -> throw new IllegalStateException("is no denial");
                };
        return session.isEmpty() && transfer.isPresent()
                ? reply.deny(denial, transfer.get())
                : reply.deny(denial, session);
    }

    /// The user said no.
    Authorized refuse(Optional<Session> session, Optional<Transfer> transfer) {
        transfer.ifPresent(it -> record(it, REFUSED));
        return reply.deny(new Denial.ConsentRefused(), session);
    }

    private void record(Transfer transfer, String outcome) {
        reply.came(outcome);
        tx.transfers().record(transfer.id(), outcome);
    }

    /// The user said yes: it is remembered, and the client gets its code.
    Authorized allow(AuthorizationCode code, Session session) {
        tx.grants()
                .consent(
                        new UserGrant(
                                request.minted().grant(),
                                code.user(),
                                code.client(),
                                code.request().audience(),
                                code.request().organization(),
                                String.join(" ", wanted(code))));
        return reply.issue(code, session);
    }
}
