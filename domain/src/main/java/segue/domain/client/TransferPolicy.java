package segue.domain.client;

import segue.domain.identifier.ClientId;
import segue.domain.network.DeviceBinding;

import java.util.Set;

/// A client's `session_transfer` settings (contract native-to-web §2; the last four are ours, §14).
///
/// @param mayCreate `can_create_session_transfer_token`: read on the client that mints
/// @param cascades `enforce_cascade_revocation`: read on the client that minted
/// @param accepted `allowed_authentication_methods`: read on the client that redeems; empty is
///   "feature off"
/// @param binding `enforce_device_binding`: read on the client that redeems (§2.3)
/// @param allowsRefreshToken `allow_refresh_token`: read on the client that redeems
/// @param online `enforce_online_refresh_tokens`: read on the client that redeems
/// @param requiresTarget `require_target`: read on the client that mints, which must say who may
///   redeem
/// @param allowedTargets `allowed_targets`: read on the client that mints; empty is anybody
/// @param sameSystemSuffices `network_same_asn`: read on the client that redeems, if it binds by
///   `network`
/// @param explainsRefusals `explain_refusals`: read on the client that redeems, which is told the
///   reason code when it asks silently
public record TransferPolicy(
        boolean mayCreate,
        boolean cascades,
        Set<Delivery> accepted,
        DeviceBinding binding,
        boolean allowsRefreshToken,
        boolean online,
        boolean requiresTarget,
        Set<ClientId> allowedTargets,
        boolean sameSystemSuffices,
        boolean explainsRefusals) {
    public TransferPolicy {
        accepted = Set.copyOf(accepted);
        allowedTargets = Set.copyOf(allowedTargets);
    }

    /// With Auth0's settings; ours have their defaults.
    public TransferPolicy(
            boolean mayCreate,
            boolean cascades,
            Set<Delivery> accepted,
            DeviceBinding binding,
            boolean allowsRefreshToken,
            boolean online) {
        this(
                mayCreate,
                cascades,
                accepted,
                binding,
                allowsRefreshToken,
                online,
                false,
                Set.of(),
                false,
                false);
    }

    /// A client that never had the settings: off on both sides (§2.1).
    public static final TransferPolicy OFF =
            new TransferPolicy(false, true, Set.of(), DeviceBinding.IP, false, true);
}
