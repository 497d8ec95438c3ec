/// Tests of [segue.server.password].
@NullMarked
package segue.server.password;

import org.jspecify.annotations.NullMarked;
