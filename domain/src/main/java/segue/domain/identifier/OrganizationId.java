package segue.domain.identifier;

/// An organization; `org_` and 16 characters.
///
/// @param value never empty
public record OrganizationId(String value) {
    public OrganizationId {
        if (value.isEmpty()) throw new IllegalArgumentException("an identifier is never empty");
    }

    @Override
    public String toString() {
        return value;
    }
}
