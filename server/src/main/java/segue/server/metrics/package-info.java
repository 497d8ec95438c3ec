/// What can be counted, in Prometheus' text format. No label holds a token, a user or an address
/// (invariant I8).
@NullMarked
package segue.server.metrics;

import org.jspecify.annotations.NullMarked;
