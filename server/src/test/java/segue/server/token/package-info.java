/// Tests of [segue.server.token].
@NullMarked
package segue.server.token;

import org.jspecify.annotations.NullMarked;
