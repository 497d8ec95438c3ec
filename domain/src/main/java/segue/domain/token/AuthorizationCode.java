package segue.domain.token;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.scope.ScopeBound;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// What an authorization code stands for, without the code (RFC 6749 §4.1.2; THREATS R14.1).
///
/// @param session the web session that authorised it; the code ends with it
/// @param parent the native family, if the session or the redeemed transfer behind it stems from
///   one
/// @param offline whether its exchange yields a refresh token
/// @param terms what Actions decided about its tokens
/// @param scopeBound the most that its refresh tokens may ever yield, whatever API they are for
public record AuthorizationCode(
        ClientId client,
        UserId user,
        SessionId session,
        Optional<FamilyId> parent,
        Request request,
        boolean offline,
        TokenTerms terms,
        ScopeBound scopeBound,
        Instant expiresAt) {

    /// How long a code lives (contract authentication-api §3.2).
    public static final Duration LIFETIME = Duration.ofSeconds(60);

    /// The same with another end.
    public AuthorizationCode until(Instant end) {
        return new AuthorizationCode(
                client, user, session, parent, request, offline, terms, scopeBound, end);
    }

    /// What the client asked for at `/authorize`, as far as the code's exchange needs it.
    ///
    /// @param redirectUri as sent; the exchange must repeat it
    /// @param codeChallenge S256 (RFC 7636 §4.2)
    /// @param scope what is granted, space separated
    /// @param audience the API; empty means `/userinfo` only
    /// @param requestedClaims the `claims` parameter, verbatim JSON
    /// @param tellsAuthTime whether the ID token must carry `auth_time`
    /// @param boundTo the key that its exchange must prove possession of (RFC 9449 §10)
    public record Request(
            Optional<OrganizationId> organization,
            Optional<String> redirectUri,
            Optional<String> codeChallenge,
            Optional<String> nonce,
            String scope,
            Optional<String> audience,
            Optional<String> requestedClaims,
            boolean tellsAuthTime,
            Optional<KeyThumbprint> boundTo) {
        /// The same within a bound. Single claims that were asked for would be a way around it, so
        /// they are left out.
        public Request within(ScopeBound bound) {
            if (!bound.isPresent()) return this;
            return new Request(
                    organization,
                    redirectUri,
                    codeChallenge,
                    nonce,
                    bound.narrow(scope),
                    audience,
                    Optional.empty(),
                    tellsAuthTime,
                    boundTo);
        }

        /// The same with another scope.
        public Request scoped(String other) {
            return new Request(
                    organization,
                    redirectUri,
                    codeChallenge,
                    nonce,
                    other,
                    audience,
                    requestedClaims,
                    tellsAuthTime,
                    boundTo);
        }
    }
}
