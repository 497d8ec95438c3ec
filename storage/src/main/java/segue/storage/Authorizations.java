package segue.storage;

import segue.domain.action.Policy;
import segue.domain.authorize.Ask;
import segue.domain.authorize.Consent;
import segue.domain.authorize.Denial;
import segue.domain.authorize.Interaction;
import segue.domain.authorize.Interaction.Stage;
import segue.domain.authorize.ResponseType;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.GrantId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.log.Origin;
import segue.domain.secret.SecretHash;
import segue.domain.session.Session;
import segue.domain.session.SessionLimits;
import segue.domain.token.AuthorizationCode;
import segue.domain.transfer.Challenge;
import segue.domain.transfer.Presented;
import segue.domain.transfer.Transfer;
import segue.storage.jdbc.CodeTable;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/// `/authorize`: the redemption of a session transfer token, single sign-on, and what is left
/// behind. One transaction each, with the locks in the one order that doesn't deadlock: user,
/// native family, session, token. What happens inside it is [Evaluation]'s.
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
    /// @param proof the challenge that the verifier fits which came with it
    /// @param responseType what is answered if all is well
    /// @param connection the connection that the request insists on
    /// @param cookie the secret of the session cookie
    /// @param browser the secret of the interaction cookie, kept if we gave it out
    /// @param request what a code must remember
    /// @param offline whether the request, the client and the API agree on a refresh token
    /// @param device the hash of the device code, if a device waits for the end of it and no client
    ///   does (RFC 8628)
    /// @param limits of a session that a user opens
    /// @param transferLimits of a session that a transfer opens
    /// @param mismatches how many sessions of others one user's transfers may end (THREATS R2.3)
    /// @param text the request's parameters, form-encoded, without any session transfer token
    /// @param consent what decides whether the user must be asked
    /// @param policy whether Actions must be heard
    /// @param minted fresh values to use where needed
    public record Authorize(
            Presented presented,
            Optional<Challenge> proof,
            Arrival arrival,
            Caller client,
            ResponseType responseType,
            Ask ask,
            Optional<ConnectionId> connection,
            Optional<SecretHash> cookie,
            Optional<SecretHash> browser,
            AuthorizationCode.Request request,
            boolean offline,
            Optional<SecretHash> device,
            SessionLimits limits,
            SessionLimits transferLimits,
            Transfers.Limit mismatches,
            String text,
            Consent.Terms consent,
            Policy policy,
            Minted minted,
            Origin origin) {
        /// What the judgement of a token depends on.
        Circumstances circumstances() {
            return new Circumstances(
                    client,
                    ask,
                    request.organization(),
                    connection,
                    cookie,
                    proof,
                    origin.device(),
                    limits,
                    transferLimits,
                    policy);
        }

        /// The same after Actions have spoken.
        public Authorize heard(Policy.Heard heard) {
            return new Authorize(
                    presented,
                    proof,
                    arrival,
                    client,
                    responseType,
                    ask,
                    connection,
                    cookie,
                    browser,
                    request,
                    offline,
                    device,
                    limits,
                    transferLimits,
                    mismatches,
                    text,
                    consent,
                    heard,
                    minted,
                    origin);
        }
    }

    /// How the token came, as far as the answer depends on it.
    ///
    /// @param tokenIsInUrl then no page may be shown at this URL (contract native-to-web §4.1)
    /// @param answersWithPage the client's answer is a page of ours: `form_post`, `web_message`
    /// @param wantsConfirmation its user must say that they are meant before it takes effect
    ///   (THREATS decision 6)
    public record Arrival(
            boolean tokenIsInUrl, boolean answersWithPage, boolean wantsConfirmation) {
        /// Without a token, or with one that no URL shows.
        public static final Arrival PLAIN = new Arrival(false, false, false);

        /// Whether the client's answer must wait for a clean URL.
        boolean parksAnswer() {
            return tokenIsInUrl && answersWithPage;
        }
    }

    /// Fresh identifiers and hashes of fresh secrets.
    ///
    /// @param grant under which it is remembered what the user allowed, used if it is new
    public record Minted(
            SessionId session,
            SecretHash sessionSecret,
            SecretHash code,
            GrantId grant,
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

        /// An ID token may be signed; there is no code.
        ///
        /// @param grant what a code would stand for
        record Identified(Cookie cookie, AuthorizationCode grant, Session session)
                implements Authorized {}

        /// The browser goes on at a place of ours: the interaction is stored.
        ///
        /// @param isNewBrowser the browser gets a new interaction cookie
        record Paused(Cookie cookie, Next next, boolean isNewBrowser) implements Authorized {}

        /// Actions must be heard before [Authorizations#conclude]; until then there is no code, and
        /// no session that works.
        record Asking(Matter matter) implements Authorized {}

        /// An Action sends the browser elsewhere, from where it comes back to `/continue` with the
        /// interaction's value as `state`.
        ///
        /// @param isNewBrowser the browser gets a new interaction cookie
        record SentElsewhere(String url, boolean isNewBrowser) implements Authorized {}

        /// No code.
        record Denied(Cookie cookie, Denial denial) implements Authorized {}
    }

    /// What waits for Actions. Should nobody come back with it, a pending session is left over,
    /// which expires.
    ///
    /// @param session of the user; pending if it is new
    /// @param transfer that is claimed, and was good when it was
    /// @param ask what the request still demands of the sign-in
    /// @param scene what Actions are told
    /// @param continuation where they go on, if the browser was elsewhere
    /// @param isSeen the user has seen a page of ours on the way here
    public record Matter(
            SessionId session,
            Optional<Transfer> transfer,
            Ask ask,
            Scene scene,
            Optional<String> continuation,
            boolean isSeen) {}

    /// Where the browser goes on.
    public enum Next {
        /// The user signs in.
        SIGN_IN,
        /// The user says whether they are the user of the transfer.
        CONFIRM,
        /// The user says whether the client may have what it asks for.
        CONSENT,
        /// Nothing is left to do but to answer, at a URL that holds no token.
        RESUME
    }

    /// Evaluates the request.
    public Authorized authorize(Authorize request) {
        return observed(tx -> Optional.of(new Evaluation(tx, request).run())).orElseThrow();
    }

    /// Goes on with a request after Actions have spoken. No lock was held meanwhile, so every fact
    /// is read again, but for the claim: what was good may be refused now.
    ///
    /// @param request with [Policy.Heard]
    public Authorized conclude(Authorize request, Matter matter) {
        return observed(tx -> Optional.of(new Conclusion(tx, request).conclude(matter)))
                .orElseThrow();
    }

    /// Goes on with a request whose browser was elsewhere, once.
    ///
    /// @param state the hash of the value in the URL
    /// @param browser the hash of the interaction cookie
    /// @return empty if nothing waits there
    public Optional<Authorized> comeBack(Authorize request, SecretHash state, SecretHash browser) {
        return observed(tx -> new Conclusion(tx, request).comeBack(new Waiting(state, browser)));
    }

    /// Carries out what the user of a browser said about the transfer that waits there: that they
    /// are its user, or that they aren't. They say it once. Every fact that the redemption depends
    /// on is read again, but for the claim; a transfer that was good when it came may be refused
    /// now.
    ///
    /// @param state the hash of the value in the URL
    /// @param browser the hash of the interaction cookie
    /// @return empty if nothing waits there
    public Optional<Authorized> confirm(
            Authorize request, SecretHash state, SecretHash browser, boolean isTheirs) {
        return observed(
                tx -> new Evaluation(tx, request).confirm(new Waiting(state, browser), isTheirs));
    }

    /// Carries out what the user of a browser said about what a client asks for that waits there:
    /// that it may have it, or that it may not. They say it once, and what they allowed is
    /// remembered in the transaction that issues the code. A session that a transfer is to open
    /// works from here on, or is gone.
    ///
    /// @param state the hash of the value in the URL
    /// @param browser the hash of the interaction cookie
    /// @return empty if nothing waits there, or what was asked for was taken back meanwhile
    public Optional<Authorized> consent(
            Authorize request, SecretHash state, SecretHash browser, boolean isAllowed) {
        return observed(
                tx -> new Conclusion(tx, request).consent(new Waiting(state, browser), isAllowed));
    }

    /// Goes on with the request of a device whose user has said in this browser that it is theirs.
    /// They say it once.
    ///
    /// @param state the hash of the value in the URL
    /// @param browser the hash of the interaction cookie
    /// @return empty if nothing waits there
    public Optional<Authorized> activate(Authorize request, SecretHash state, SecretHash browser) {
        return observed(tx -> new Evaluation(tx, request).activate(new Waiting(state, browser)));
    }

    /// Answers an interaction that waits for nothing more, once.
    ///
    /// @param state the hash of the value in the URL
    /// @param browser the hash of the interaction cookie
    public Optional<Authorized> resume(Authorize request, SecretHash state, SecretHash browser) {
        return observed(tx -> new Evaluation(tx, request).resume(new Waiting(state, browser)));
    }

    /// Which interaction: the hashes of the value in the URL and of the browser's cookie.
    record Waiting(SecretHash state, SecretHash browser) {}

    /// What can be counted only once it is committed.
    private Optional<Authorized> observed(Function<Tx, Optional<Reply.Answered>> work) {
        var answered = database.inTransaction(work);
        answered.ifPresent(it -> it.heard().tell(observer));
        return answered.map(Reply.Answered::answer);
    }

    /// The interaction that this browser has open.
    public Optional<Interaction> interaction(SecretHash state, SecretHash cookie) {
        return database.read(tx -> tx.interactions().find(state, cookie));
    }

    /// What the user of this browser is asked to allow.
    public Optional<AuthorizationCode> sought(SecretHash state, SecretHash cookie) {
        return database.read(
                tx ->
                        tx.interactions()
                                .find(state, cookie)
                                .map(Interaction::stage)
                                .flatMap(
                                        stage ->
                                                stage instanceof Stage.Consenting(_, _, var code)
                                                        ? tx.codes().find(code)
                                                        : Optional.empty())
                                .map(CodeTable.Found::code));
    }

    /// The user of the transfer that waits in this browser for its user to confirm it.
    public Optional<UserId> userToConfirm(SecretHash state, SecretHash cookie) {
        return database.read(
                tx ->
                        tx.interactions()
                                .find(state, cookie)
                                .map(Interaction::stage)
                                .flatMap(
                                        stage ->
                                                stage instanceof Stage.Confirming(var transfer)
                                                        ? tx.transfers().find(transfer)
                                                        : Optional.empty())
                                .map(Transfer::user));
    }
}
