package segue.domain.session;

import java.time.Duration;

/// How long a session may live (contract management-api §13).
///
/// @param absolute from its creation
/// @param idle from its last use
/// @param persistent whether its cookie outlives the browser
public record SessionLimits(Duration absolute, Duration idle, boolean persistent) {}
