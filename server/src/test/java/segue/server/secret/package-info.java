/// Tests of [segue.server.secret].
@NullMarked
package segue.server.secret;

import org.jspecify.annotations.NullMarked;
