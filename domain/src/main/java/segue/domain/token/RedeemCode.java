package segue.domain.token;

import segue.domain.identifier.ClientId;
import segue.domain.session.Session;
import segue.domain.user.UserState;

import java.time.Instant;
import java.util.Optional;

/// The exchange of an authorization code (contract authentication-api §4.4, THREATS T-14 and T-15).
public final class RedeemCode {
    private RedeemCode() {}

    /// What the decision needs; the code has already been claimed.
    ///
    /// @param code empty if no code has the presented hash
    /// @param wasUsed it had been claimed before
    /// @param redirectUri as the token request repeats it
    /// @param challenge S256 of the `code_verifier` that was sent
    /// @param key that the token request proves possession of
    /// @param target the API that the token request names
    /// @param session the session behind the code
    /// @param parentEnded the native family behind the code, but not behind its session, was ended,
    ///   and its client cascades
    /// @param isMember the user still belongs to the organization that the code is for, if any
    public record Facts(
            Optional<AuthorizationCode> code,
            boolean wasUsed,
            ClientId caller,
            Optional<String> redirectUri,
            Optional<String> challenge,
            Optional<KeyThumbprint> key,
            RefreshScope.Target target,
            UserState user,
            Optional<Session> session,
            boolean parentEnded,
            boolean isMember) {}

    /// The outcome.
    public sealed interface Outcome {
        record Accepted(AuthorizationCode code, Session session) implements Outcome {}

        record Refused(Refusal reason) implements Outcome {}
    }

    /// Why a code was refused; it is burnt in any case.
    public enum Refusal {
        /// Unknown, expired, of another client, or without its session, family, user or membership.
        INVALID,
        /// Used before: what its first use issued ends (RFC 6749 §4.1.2).
        REPLAYED,
        REDIRECT_URI,
        VERIFIER,
        /// It is bound to another key than the request proves possession of.
        KEY,
        /// The request names another API than the user was asked about.
        TARGET
    }

    /// Decides.
    public static Outcome decide(Facts facts, Instant now) {
        if (facts.code().isEmpty()) return refused(Refusal.INVALID);
        var code = facts.code().get();
        if (facts.wasUsed()) return refused(Refusal.REPLAYED);
        if (!code.client().equals(facts.caller())) return refused(Refusal.INVALID);
        if (!now.isBefore(code.expiresAt())) return refused(Refusal.INVALID);
        // RFC 6749 §4.1.3: required if, and only if, it was part of the authorization request.
        var sent = code.request().redirectUri();
        if (sent.isPresent() && !sent.equals(facts.redirectUri()))
            return refused(Refusal.REDIRECT_URI);
        // RFC 9700 §2.1.1: a verifier without a challenge is a downgrade, not a courtesy.
        if (!code.request().codeChallenge().equals(facts.challenge()))
            return refused(Refusal.VERIFIER);
        // RFC 9449 §10: a code that names no key binds to none.
        var bound = code.request().boundTo();
        if (bound.isPresent() && !bound.equals(facts.key())) return refused(Refusal.KEY);
        // RFC 8707 §2.2.
        if (!facts.target().isIn(code.request().audience())) return refused(Refusal.TARGET);
        if (facts.user() != UserState.ACTIVE || facts.parentEnded() || !facts.isMember())
            return refused(Refusal.INVALID);
        if (facts.session().filter(session -> session.isLiveAt(now)).isEmpty())
            return refused(Refusal.INVALID);
        return new Outcome.Accepted(code, facts.session().get());
    }

    private static Outcome refused(Refusal reason) {
        return new Outcome.Refused(reason);
    }
}
