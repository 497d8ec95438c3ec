@NullMarked
package segue.server.logging;

import org.jspecify.annotations.NullMarked;
