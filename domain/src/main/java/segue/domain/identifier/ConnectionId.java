package segue.domain.identifier;

/// A connection; `con_` and 16 characters.
///
/// @param value never empty
public record ConnectionId(String value) {
    public ConnectionId {
        if (value.isEmpty()) throw new IllegalArgumentException("an identifier is never empty");
    }

    @Override
    public String toString() {
        return value;
    }
}
