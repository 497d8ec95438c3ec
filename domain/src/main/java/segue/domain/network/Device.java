package segue.domain.network;

import java.util.OptionalLong;

/// Where a request came from.
///
/// @param address the client's address after the operator's proxy rules
/// @param asn the autonomous system of the address, empty if unknown
/// @param userAgent the `User-Agent` header, at most 256 characters, empty if none
public record Device(ClientAddress address, OptionalLong asn, String userAgent) {}
