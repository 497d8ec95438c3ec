package segue.domain.transfer;

import segue.domain.authentication.Authentication;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.TransferId;
import segue.domain.identifier.UserId;
import segue.domain.network.Device;

import java.time.Instant;
import java.util.Optional;

/// A session transfer token as it was issued (contract native-to-web §3.3), without the token.
///
/// @param parent the native family it was minted from
/// @param issuer the client that minted it
/// @param scope the scopes of the parent, space separated
/// @param authentication the original sign-in behind the parent, copied at issuance
/// @param device where the minting request came from
/// @param bounds the most that a redemption may yield
/// @param proven it has a challenge, and was claimed with the right verifier
public record Transfer(
        TransferId id,
        FamilyId parent,
        ClientId issuer,
        UserId user,
        ConnectionId connection,
        Optional<OrganizationId> organization,
        String scope,
        Authentication authentication,
        Device device,
        Instant issuedAt,
        Instant expiresAt,
        Bounds bounds,
        boolean proven) {}
