package segue.domain.transfer;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.OrganizationId;
import segue.domain.network.Device;
import segue.domain.network.DeviceBinding;
import segue.domain.session.Session;
import segue.domain.user.UserState;

import java.util.Optional;

/// Everything that the redemption of one token depends on beside the token, read in one transaction
/// under the locks of user, family and session.
///
/// @param parentIsLive the native family exists and is neither ended nor expired
/// @param user the token's user
/// @param issuerIsAllowed the issuing client exists and may still create transfers
/// @param organization the organization of the request
/// @param isMember the user belongs to the token's organization; true if it has none
/// @param connectionIsEnabled the token's connection is enabled for the redeeming client and the
///   organization, and is the one that the request asks for, if it asks
/// @param redeemer the redeeming client
/// @param binding the redeeming client's setting
/// @param systemSuffices the redeeming client's `network_same_asn`
/// @param device where the redeeming request came from
/// @param session the live session of this browser
public record Facts(
        boolean parentIsLive,
        UserState user,
        boolean issuerIsAllowed,
        Optional<OrganizationId> organization,
        boolean isMember,
        boolean connectionIsEnabled,
        ClientId redeemer,
        DeviceBinding binding,
        boolean systemSuffices,
        Device device,
        Optional<Session> session) {}
