package segue.domain.identifier;

/// A refresh-token family; the "refresh token id" of the Management API.
///
/// @param value never empty
public record FamilyId(String value) {
    public FamilyId {
        if (value.isEmpty()) throw new IllegalArgumentException("an identifier is never empty");
    }

    @Override
    public String toString() {
        return value;
    }
}
