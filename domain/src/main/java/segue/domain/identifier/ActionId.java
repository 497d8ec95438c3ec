package segue.domain.identifier;

/// An Action: customers' code that runs at a trigger; a UUID.
///
/// @param value never empty
public record ActionId(String value) {
    public ActionId {
        if (value.isEmpty()) throw new IllegalArgumentException("an identifier is never empty");
    }

    @Override
    public String toString() {
        return value;
    }
}
