package segue.domain.token;

import java.time.Instant;
import java.util.Optional;

/// A refresh token that someone presented, with its family as it stands under lock.
///
/// @param generation its number in the family, from 1
/// @param supersededAt when its own rotation happened, empty for one that hasn't been rotated
public record Link(TokenFamily family, long generation, Optional<Instant> supersededAt) {}
