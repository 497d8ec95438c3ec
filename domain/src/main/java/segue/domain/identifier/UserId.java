package segue.domain.identifier;

/// A user; `sub` on the wire: `<strategy>|<24 hex>`.
///
/// @param value never empty
public record UserId(String value) {
    public UserId {
        if (value.isEmpty()) throw new IllegalArgumentException("an identifier is never empty");
    }

    @Override
    public String toString() {
        return value;
    }
}
