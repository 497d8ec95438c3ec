/// A running server, over real HTTP.
@NullMarked
package segue.server;

import org.jspecify.annotations.NullMarked;
