/// Where fresh secrets and identifiers come from, and what they look like.
@NullMarked
package segue.server.secret;

import org.jspecify.annotations.NullMarked;
