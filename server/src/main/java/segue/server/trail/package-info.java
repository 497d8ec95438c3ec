/// What becomes known about a request while it is answered: for the access log and for traces.
/// Start at [segue.server.trail.Trail]; who reads it is `segue.server.Witness`.
@NullMarked
package segue.server.trail;

import org.jspecify.annotations.NullMarked;
