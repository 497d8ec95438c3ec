package segue.domain.client;

import segue.domain.network.DeviceBinding;

import java.util.Set;

/// A client's `session_transfer` settings (contract native-to-web §2).
///
/// @param mayCreate `can_create_session_transfer_token`: read on the client that mints
/// @param cascades `enforce_cascade_revocation`: read on the client that minted
/// @param accepted `allowed_authentication_methods`: read on the client that redeems; empty is
///   "feature off"
/// @param binding `enforce_device_binding`: read on the client that redeems (§2.3)
/// @param allowsRefreshToken `allow_refresh_token`: read on the client that redeems
/// @param online `enforce_online_refresh_tokens`: read on the client that redeems
public record TransferPolicy(
        boolean mayCreate,
        boolean cascades,
        Set<Delivery> accepted,
        DeviceBinding binding,
        boolean allowsRefreshToken,
        boolean online) {
    public TransferPolicy {
        accepted = Set.copyOf(accepted);
    }

    /// A client that never had the settings: off on both sides (§2.1).
    public static final TransferPolicy OFF =
            new TransferPolicy(false, true, Set.of(), DeviceBinding.IP, false, true);
}
