package segue.domain.keys;

import java.util.Arrays;
import java.util.Optional;

/// What keys of the tenant's sign with (RFC 7518 §3.1). Each key is for one of them only (THREATS
/// R44.2), and there is always a key for each.
public enum SigningAlgorithm {
    RS256,
    PS256,
    ES256;

    /// As JWT headers and configurations spell it.
    public static Optional<SigningAlgorithm> named(String name) {
        return Arrays.stream(values()).filter(one -> one.name().equals(name)).findFirst();
    }
}
