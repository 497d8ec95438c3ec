package segue.domain.authentication;

import java.time.Instant;

/// One factor that the user presented.
///
/// @param name as the Management API names it (contract management-api §6.2), for example `pwd`
/// @param at when it was presented
public record Method(String name, Instant at) {}
