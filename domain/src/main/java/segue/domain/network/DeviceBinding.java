package segue.domain.network;

/// What must be equal between issuance and redemption (contract native-to-web §6, §14).
public enum DeviceBinding {
    NONE,
    IP,
    ASN,
    /// Ours, for real mobile networks: the app may speak IPv6 and the browser IPv4, a device may
    /// change its address within its /64, and may have changed networks if it can prove itself.
    NETWORK;

    /// Compares the device that a token was issued to with the one that presents it.
    ///
    /// @param systemSuffices `network_same_asn`: for `network`, addresses of one autonomous system
    ///   are near enough even where they are of one family
    /// @param isProven the redemption brought the token's `transfer_verifier`; counts for `network`
    ///   only, `ip` and `asn` never yield
    public DeviceMatch compare(
            Device issuedTo, Device presentedBy, boolean systemSuffices, boolean isProven) {
        return switch (this) {
            case NONE -> DeviceMatch.UNCHECKED;
            case IP -> addresses(issuedTo, presentedBy);
            case ASN -> systems(issuedTo, presentedBy);
            case NETWORK -> networks(issuedTo, presentedBy, systemSuffices, isProven);
        };
    }

    private static DeviceMatch addresses(Device one, Device other) {
        return one.address().equals(other.address())
                ? DeviceMatch.SAME_ADDRESS
                : DeviceMatch.OTHER_ADDRESS;
    }

    private static DeviceMatch systems(Device one, Device other) {
        if (one.asn().isEmpty() || other.asn().isEmpty()) return DeviceMatch.UNKNOWN_SYSTEM;
        return one.asn().equals(other.asn()) ? DeviceMatch.SAME_SYSTEM : DeviceMatch.OTHER_SYSTEM;
    }

    private static DeviceMatch networks(
            Device one, Device other, boolean systemSuffices, boolean isProven) {
        if (one.address().equals(other.address())) return DeviceMatch.SAME_ADDRESS;
        if (one.address().sharesPrefix64(other.address())) return DeviceMatch.SAME_PREFIX;
        if (isProven) return DeviceMatch.PROVEN;
        var isDualStack = one.address().isIpv4() != other.address().isIpv4();
        return isDualStack || systemSuffices ? systems(one, other) : DeviceMatch.OTHER_ADDRESS;
    }
}
