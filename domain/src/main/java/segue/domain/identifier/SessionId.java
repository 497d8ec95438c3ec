package segue.domain.identifier;

/// A session; the `sid` claim. Not the cookie's secret.
///
/// @param value never empty
public record SessionId(String value) {
    public SessionId {
        if (value.isEmpty()) throw new IllegalArgumentException("an identifier is never empty");
    }

    @Override
    public String toString() {
        return value;
    }
}
