package segue.domain.identifier;

/// A session transfer token, without being one.
///
/// @param value never empty
public record TransferId(String value) {
    public TransferId {
        if (value.isEmpty()) throw new IllegalArgumentException("an identifier is never empty");
    }

    @Override
    public String toString() {
        return value;
    }
}
