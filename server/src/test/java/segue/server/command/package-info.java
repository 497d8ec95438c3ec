@NullMarked
package segue.server.command;

import org.jspecify.annotations.NullMarked;
