@NullMarked
package segue.server.tracing;

import org.jspecify.annotations.NullMarked;
