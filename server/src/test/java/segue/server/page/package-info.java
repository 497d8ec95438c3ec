/// Tests of [segue.server.page].
@NullMarked
package segue.server.page;

import org.jspecify.annotations.NullMarked;
