/// Tests of [segue.server.authorize].
@NullMarked
package segue.server.authorize;

import org.jspecify.annotations.NullMarked;
