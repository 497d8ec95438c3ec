package segue.domain.token;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/// What the provider itself keeps of an access token: all of one without an API, which is opaque
/// and usable at `/userinfo` only; of a JWT, what `/userinfo` tells beyond the claims of its scope
/// (contract authentication-api §5.2, §8.1). It ends with its session or its family (promise P2).
///
/// @param requestedClaims the `claims` parameter
/// @param customClaims what Actions add to `/userinfo`, name to JSON
/// @param boundTo the key that its use must prove possession of (RFC 9449 §7)
public record AccessTokenRecord(
        UserId user,
        ClientId client,
        Optional<SessionId> session,
        Optional<FamilyId> family,
        String scope,
        Optional<String> requestedClaims,
        SortedMap<String, String> customClaims,
        Instant expiresAt,
        Optional<KeyThumbprint> boundTo) {
    /// Whether anything is kept of a token.
    ///
    /// @param audience the API that it is for
    /// @param scope granted, space separated
    public static boolean isKept(
            Optional<String> audience,
            String scope,
            Optional<String> requestedClaims,
            SortedMap<String, String> customClaims) {
        var tellsMore = requestedClaims.isPresent() || !customClaims.isEmpty();
        return audience.isEmpty()
                || (tellsMore && List.of(scope.split(" ", -1)).contains("openid"));
    }
}
