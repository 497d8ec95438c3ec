package segue.storage;

import segue.domain.action.Ruling;
import segue.domain.authorize.Denial;
import segue.domain.authorize.Interaction;
import segue.domain.authorize.Interaction.Stage;
import segue.domain.identifier.FamilyId;
import segue.domain.log.LogEvent;
import segue.domain.network.Device;
import segue.domain.revocation.Receipt;
import segue.domain.scope.Scope;
import segue.domain.session.Session;
import segue.domain.token.AuthorizationCode;
import segue.domain.transfer.Check;
import segue.domain.transfer.Reason;
import segue.domain.transfer.Transfer;
import segue.storage.Authorizations.Authorize;
import segue.storage.Authorizations.Authorized;
import segue.storage.Authorizations.Cookie;
import segue.storage.Authorizations.Next;
import segue.storage.jdbc.TransferTable;
import segue.storage.jdbc.Tx;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/// The answer to one authorization request while it comes about inside its transaction: what
/// happens to the session cookie, what the tenant log is told, what will be counted, and the last
/// step, which is a code, a pause, or a denial.
final class Reply {
    private static final String OFFLINE = "offline_access";

    private final Tx tx;
    private final Authorize request;
    private Cookie cookie = new Cookie.Unchanged();

    /// Whether this is the redemption of a session transfer token, or its refusal.
    private boolean isTriggered = false;

    private Optional<String> redemption = Optional.empty();
    private Optional<Reason> refusal = Optional.empty();
    private Optional<Check.DeviceBound> compared = Optional.empty();
    private Optional<Receipt> ended = Optional.empty();
    private boolean isUsedAgain = false;
    private Optional<Device> issuedTo = Optional.empty();
    private Optional<FamilyId> parent = Optional.empty();
    private Optional<Hearing> heard = Optional.empty();

    Reply(Tx tx, Authorize request) {
        this.tx = tx;
        this.request = request;
    }

    /// An answer, and what can be counted once it is committed.
    record Answered(Authorized answer, Heard heard) {}

    /// @param redemption `accepted`, or why not, if a session transfer token was presented
    /// @param ended what ended because of it
    /// @param isUsedAgain it had been used before, within its minute
    /// @param issuedTo the device that it belongs to, if it came from another one
    /// @param parent the native family that it stems from, or that the session does
    record Heard(
            Optional<String> redemption,
            Optional<Receipt> ended,
            boolean isUsedAgain,
            Optional<Device> issuedTo,
            Optional<FamilyId> parent,
            Device here) {
        void tell(Observer observer) {
            redemption.ifPresent(observer::redeemed);
            ended.ifPresent(observer::ended);
            if (isUsedAgain) observer.usedAgain();
            issuedTo.ifPresent(device -> observer.misbound(device, here));
            parent.ifPresent(observer::descended);
        }
    }

    Answered answered(Authorized answer) {
        var here = request.origin().device();
        return new Answered(
                answer, new Heard(redemption, ended, isUsedAgain, issuedTo, parent, here));
    }

    /// From here on it is about a session transfer token.
    void trigger(boolean isTransfer) {
        isTriggered = isTransfer;
    }

    void accepted() {
        redemption = Optional.of(TransferTable.ACCEPTED);
        refusal = Optional.empty();
    }

    /// The transfer isn't honoured, and the client may be told why.
    void refused(Reason reason) {
        redemption = Optional.of(reason.code());
        refusal = Optional.of(reason);
    }

    /// Neither accepted nor refused.
    void came(String outcome) {
        redemption = Optional.of(outcome);
    }

    /// Nothing is decided yet, so nothing is counted.
    void undecided() {
        redemption = Optional.empty();
    }

    void compared(Optional<Check.DeviceBound> devices) {
        compared = devices;
    }

    void usedAgain(boolean isAgain) {
        isUsedAgain = isAgain;
    }

    /// A token came from elsewhere than it was issued to.
    void misbound(Device device) {
        issuedTo = Optional.of(device);
    }

    void ends(Receipt receipt) {
        ended = Optional.of(receipt);
    }

    void set(Cookie fate) {
        cookie = fate;
    }

    void heard(Hearing hearing) {
        heard = Optional.of(hearing);
    }

    /// The code that the client would get, or what its ID token would be made of.
    AuthorizationCode draft(Session session, Optional<Transfer> redeemed, Ruling.Terms terms) {
        var parent = redeemed.map(Transfer::parent).or(session::parent);
        var bound =
                redeemed.map(it -> it.bounds().scope().and(session.scopeBound()))
                        .orElseGet(session::scopeBound);
        var wanted = request.request().scoped(terms.scope(request.request().scope())).within(bound);
        // Contract native-to-web §7: not only the redeeming authorization, or a second silent one
        // would side-step it.
        var offline =
                request.offline()
                        && bound.allowsOffline()
                        && terms.allowsRefreshToken()
                        && (parent.isEmpty() || request.client().transfer().allowsRefreshToken());
        return new AuthorizationCode(
                request.client().id(),
                session.user(),
                session.id(),
                parent,
                parent.isPresent() && !offline ? withoutOffline(wanted) : wanted,
                offline,
                Hearing.tokens(terms),
                bound,
                tx.now().plus(AuthorizationCode.LIFETIME));
    }

    /// The client gets what it asked for.
    Authorized issue(AuthorizationCode drafted, Session session) {
        parent = drafted.parent();
        var until = expiry();
        if (until.isEmpty()) return deny(new Denial.DeviceGone(), Optional.of(session));
        var code = drafted.until(until.get());
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
        return switch (request.responseType()) {
            case CODE -> {
                tx.codes().insert(request.minted().code(), code);
                yield new Authorized.Granted(cookie);
            }
            case ID_TOKEN -> new Authorized.Identified(cookie, code, session);
        };
    }

    /// Until when the code may be exchanged. One that a device waits for is the device's with that,
    /// for as long as its device code lives; empty if it waits no more.
    private Optional<Instant> expiry() {
        return request.device().isEmpty()
                ? Optional.of(tx.now().plus(AuthorizationCode.LIFETIME))
                : tx.devices().approve(request.device().get(), request.minted().code());
    }

    private static AuthorizationCode.Request withoutOffline(AuthorizationCode.Request request) {
        var scope = Scope.words(request.scope());
        scope.remove(OFFLINE);
        return request.scoped(String.join(" ", scope));
    }

    /// The browser goes on at a place of ours.
    Authorized pause(Stage stage) {
        return new Authorized.Paused(cookie, next(stage), store(stage));
    }

    /// Stores an interaction, and tells whether the browser gets a new interaction cookie.
    boolean store(Stage stage) {
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
                                request.device(),
                                tx.now(),
                                tx.now().plus(patience(stage)),
                                stage));
        return known.isEmpty();
    }

    private static Duration patience(Stage stage) {
        return switch (stage) {
            case Stage.Confirming _ -> Interaction.CONFIRMATION;
            case Stage.Elsewhere _ -> Interaction.ABSENCE;
            case Stage.SigningIn _,
                    Stage.Activating _,
                    Stage.Consenting _,
                    Stage.Completed _,
                    Stage.Refused _ ->
                    Interaction.LIFETIME;
        };
    }

    private static Next next(Stage stage) {
        return switch (stage) {
            case Stage.SigningIn _ -> Next.SIGN_IN;
            case Stage.Confirming _ -> Next.CONFIRM;
            case Stage.Consenting _ -> Next.CONSENT;
            case Stage.Completed _, Stage.Refused _ -> Next.RESUME;
            case Stage.Activating _, Stage.Elsewhere _ ->
                    throw new IllegalStateException("nothing leads there from here");
        };
    }

    /// It would take the login page, and the request is silent.
    Authorized denyLogin(Optional<Session> whose) {
        return deny(loginRequired(), whose);
    }

    Denial loginRequired() {
        return new Denial.LoginRequired(refusal);
    }

    /// No code.
    Authorized deny(Denial denial, Optional<Session> whose) {
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
        return told(denial);
    }

    /// No code, for the user of a transfer.
    Authorized deny(Denial denial, Transfer transfer) {
        tx.log().append(about(failed(denial), transfer));
        return told(denial);
    }

    private Authorized told(Denial denial) {
        request.device().ifPresent(device -> tx.devices().deny(device, text(denial)));
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
            case Denial.ConsentRequired _ -> "Consent required";
            case Denial.ConsentRefused _ -> "User did not authorize the request";
            case Denial.NotAMember _ -> "Not a member of the organization";
            case Denial.ByAction(_, var description) -> description;
            case Denial.DeviceGone _ -> "The device code is not waiting any more";
            case Denial.TooManyMismatches _ -> "Too many user mismatches";
        };
    }

    /// The `error` that belongs to it (contract native-to-web §10.2).
    private static String oauthError(Denial denial) {
        return switch (denial) {
            case Denial.LoginRequired _ -> "login_required";
            case Denial.InteractionRequired _ -> "interaction_required";
            case Denial.ConsentRequired _ -> "consent_required";
            case Denial.ConsentRefused _,
                    Denial.NotAMember _,
                    Denial.TooManyMismatches _,
                    Denial.DeviceGone _ ->
                    "access_denied";
            case Denial.ByAction(var error, _) -> error;
        };
    }

    /// Tells the tenant log why a transfer wasn't honoured.
    LogEvent warning(Reason reason, Optional<Transfer> transfer) {
        parent = transfer.map(Transfer::parent);
        var event =
                reason.warning()
                        .map(text -> withDevices(event("w").described(text)))
                        .orElseGet(() -> blocked(reason))
                        .with("reason", reason.code());
        return transfer.map(it -> about(event, it)).orElse(event);
    }

    private LogEvent blocked(Reason reason) {
        var text = reason == Reason.USER_BLOCKED ? "user is blocked" : "user does not exist";
        return flagged(event("f"))
                .described(text)
                .with("error.message", text)
                .with("error.oauthError", "access_denied");
    }

    static LogEvent about(LogEvent event, Transfer transfer) {
        return event.about(transfer.user(), transfer.connection(), transfer.organization())
                .with("session_transfer_token_id", transfer.id().value());
    }

    private LogEvent failed(Denial denial) {
        var event =
                flagged(heard(event(request.ask().silent() ? "fsa" : "f")))
                        .described(text(denial))
                        .with("error.message", text(denial))
                        .with("error.oauthError", oauthError(denial));
        return refusal.map(reason -> event.with("reason", reason.code())).orElse(event);
    }

    private LogEvent heard(LogEvent event) {
        return heard.map(it -> it.heard(event)).orElse(event);
    }

    /// The flag is written only when it is true (contract native-to-web §10.2).
    private LogEvent flagged(LogEvent event) {
        return isTriggered
                ? withDevices(event.with("triggered_by_session_transfer_token", true))
                : event;
    }

    private LogEvent withDevices(LogEvent event) {
        return compared.map(
                        it ->
                                event.with(
                                                "device_binding.setting",
                                                it.binding().name().toLowerCase(Locale.ROOT))
                                        .with("device_binding.found", it.match().code()))
                .orElse(event);
    }

    LogEvent event(String type) {
        return LogEvent.of(type, request.origin())
                .about(request.client().id(), request.client().name())
                .asking(request.request().audience(), Optional.of(request.request().scope()));
    }

    /// What happens to the cookie of a session that a redemption or an Action changed.
    void renew(Session session, Instant now) {
        tx.sessions().renewSecret(session.id(), request.minted().sessionSecret());
        cookie = new Cookie.Renewed(session.cookieAge(now));
    }
}
