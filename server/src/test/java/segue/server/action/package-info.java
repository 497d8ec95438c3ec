@NullMarked
package segue.server.action;

import org.jspecify.annotations.NullMarked;
