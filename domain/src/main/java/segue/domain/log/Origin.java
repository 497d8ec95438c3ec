package segue.domain.log;

import java.util.Optional;
import segue.domain.network.Device;

/// Who talks to us, for the tenant log.
///
/// @param host the host name the request came in on
/// @param telemetry the decoded `Auth0-Client` header, a JSON object
public record Origin(Device device, String host, Optional<String> telemetry) {}
