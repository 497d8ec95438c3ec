/// Tests of what wires the server together.
@NullMarked
package segue.server;

import org.jspecify.annotations.NullMarked;
