package segue.storage.jdbc;

import java.time.Instant;

/// A place in a list that is ordered by age, for pages that go on behind it.
///
/// @param createdAt when the item there was created
/// @param id of that item
public record Place(Instant createdAt, String id) {
    /// Before everything.
    public static final Place START = new Place(Instant.EPOCH, "");
}
