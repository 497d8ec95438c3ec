/// Tests of [segue.server].
@NullMarked
package segue.server;

import org.jspecify.annotations.NullMarked;
