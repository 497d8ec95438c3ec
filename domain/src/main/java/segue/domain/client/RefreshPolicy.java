package segue.domain.client;

import java.time.Duration;
import java.util.Optional;

/// A client's `refresh_token` settings (contract authentication-api §4.5).
///
/// @param rotating whether every exchange hands out a successor
/// @param leeway how long after its rotation a token is still accepted once more
/// @param lifetime absolute, from the family's creation; empty is infinite
/// @param idle from the last exchange; empty is infinite
public record RefreshPolicy(
        boolean rotating, Duration leeway, Optional<Duration> lifetime, Optional<Duration> idle) {}
