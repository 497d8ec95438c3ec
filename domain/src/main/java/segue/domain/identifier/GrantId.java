package segue.domain.identifier;

/// A grant of a user to a client.
///
/// @param value never empty
public record GrantId(String value) {
    public GrantId {
        if (value.isEmpty()) throw new IllegalArgumentException("an identifier is never empty");
    }

    @Override
    public String toString() {
        return value;
    }
}
