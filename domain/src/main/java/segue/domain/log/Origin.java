package segue.domain.log;

import segue.domain.network.Device;
import segue.domain.network.Geo;

import java.util.Optional;

/// Who talks to us, for the tenant log.
///
/// @param geo where the device is, as the database of that moment says
/// @param host the host name the request came in on
/// @param telemetry the decoded `Auth0-Client` header, a JSON object
public record Origin(Device device, Geo geo, String host, Optional<String> telemetry) {}
