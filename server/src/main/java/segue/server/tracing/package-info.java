/// Traces, in the wire format of OpenTelemetry (docs/adr/0023-traces.md). Start at
/// [segue.server.tracing.Tracing]: it makes spans of what [segue.server.trail.Trail] noted.
@NullMarked
package segue.server.tracing;

import org.jspecify.annotations.NullMarked;
