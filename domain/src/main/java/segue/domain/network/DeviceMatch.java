package segue.domain.network;

import java.util.Locale;

/// What a comparison of two devices found (contract native-to-web §6; binding `network` is ours).
public enum DeviceMatch {
    /// Nothing was compared.
    UNCHECKED(true),
    SAME_ADDRESS(true),
    /// Both are IPv6 addresses of one /64: privacy addresses of one device, or its neighbours.
    SAME_PREFIX(true),
    /// Their networks are operated by the same autonomous system.
    SAME_SYSTEM(true),
    /// The addresses differ, but the redeeming browser holds the `transfer_verifier`.
    PROVEN(true),
    OTHER_ADDRESS(false),
    OTHER_SYSTEM(false),
    /// The autonomous system of one of them isn't known. Unknown is never equal to anything, itself
    /// included (THREATS R33.1).
    UNKNOWN_SYSTEM(false);

    private final boolean accepted;

    DeviceMatch(boolean accepted) {
        this.accepted = accepted;
    }

    /// Whether the token may be redeemed.
    public boolean isAccepted() {
        return accepted;
    }

    /// Its name in the tenant log and in explanations.
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
