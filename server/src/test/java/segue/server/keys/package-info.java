/// Tests of [segue.server.keys].
@NullMarked
package segue.server.keys;

import org.jspecify.annotations.NullMarked;
