package segue.domain.token;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;

import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;

/// An access token without an API, usable at `/userinfo` only (contract authentication-api §8.1).
/// It ends with its session or its family (promise P2).
///
/// @param customClaims what Actions add to `/userinfo`, name to JSON
/// @param boundTo the key that its use must prove possession of (RFC 9449 §7)
public record OpaqueAccessToken(
        UserId user,
        ClientId client,
        Optional<SessionId> session,
        Optional<FamilyId> family,
        String scope,
        Optional<String> requestedClaims,
        SortedMap<String, String> customClaims,
        Instant expiresAt,
        Optional<KeyThumbprint> boundTo) {}
