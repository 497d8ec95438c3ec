/// `/health/*`, for whoever routes traffic (contract operator §3).
@NullMarked
package segue.server.health;

import org.jspecify.annotations.NullMarked;
