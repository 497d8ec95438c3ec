@NullMarked
package segue.server.metrics;

import org.jspecify.annotations.NullMarked;
