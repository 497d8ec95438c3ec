package segue.domain.resource;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/// An API, as its document in the Management API says (contract management-api §3).
///
/// @param identifier its `aud`
/// @param name for pages
/// @param scopes the values it defines
/// @param descriptions what they mean to users, where the API says so
/// @param signingAlgorithm RS256, PS256, ES256 or HS256
/// @param tokenLifetime of an access token
/// @param dialect the shape of its access tokens
/// @param allowsOfflineAccess whether a refresh token may be issued for it
/// @param enforcesPermissions `enforce_policies`: scopes are limited to the user's permissions
/// @param skipsConsent `skip_consent_for_verifiable_first_party_clients`, or it is our own
/// @param userPolicy which clients may get tokens for users
public record ResourceServer(
        String identifier,
        String name,
        Set<String> scopes,
        Map<String, String> descriptions,
        String signingAlgorithm,
        Duration tokenLifetime,
        TokenDialect dialect,
        boolean allowsOfflineAccess,
        boolean enforcesPermissions,
        boolean skipsConsent,
        AccessPolicy userPolicy,
        AccessPolicy clientPolicy) {
    public ResourceServer {
        scopes = Set.copyOf(scopes);
        descriptions = Map.copyOf(descriptions);
    }

    /// `token_dialect` (contract authentication-api §8.2).
    public enum TokenDialect {
        ACCESS_TOKEN,
        ACCESS_TOKEN_AUTHZ,
        RFC9068_PROFILE,
        RFC9068_PROFILE_AUTHZ
    }

    /// `subject_type_authorization`.
    public enum AccessPolicy {
        ALLOW_ALL,
        REQUIRE_CLIENT_GRANT,
        DENY_ALL
    }
}
