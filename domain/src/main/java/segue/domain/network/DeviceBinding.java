package segue.domain.network;

/// What must be equal between issuance and redemption (contract native-to-web §6).
public enum DeviceBinding {
    NONE,
    IP,
    ASN;

    /// Whether a token issued to one device may be redeemed by the other. An unknown network is
    /// never equal to anything, itself included: `asn` fails closed (THREATS R33.1).
    public boolean accepts(Device issuedTo, Device presentedBy) {
        return switch (this) {
            case NONE -> true;
            case IP -> issuedTo.address().equals(presentedBy.address());
            case ASN -> issuedTo.asn().isPresent() && issuedTo.asn().equals(presentedBy.asn());
        };
    }
}
