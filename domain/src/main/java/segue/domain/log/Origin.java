package segue.domain.log;

import segue.domain.network.Device;

import java.util.Optional;

/// Who talks to us, for the tenant log.
///
/// @param host the host name the request came in on
/// @param telemetry the decoded `Auth0-Client` header, a JSON object
public record Origin(Device device, String host, Optional<String> telemetry) {}
