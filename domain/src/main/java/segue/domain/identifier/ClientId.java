package segue.domain.identifier;

/// A client; 32 alphanumerics.
///
/// @param value never empty
public record ClientId(String value) {
    public ClientId {
        if (value.isEmpty()) throw new IllegalArgumentException("an identifier is never empty");
    }

    @Override
    public String toString() {
        return value;
    }
}
