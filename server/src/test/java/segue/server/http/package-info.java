/// Tests of [segue.server.http].
@NullMarked
package segue.server.http;

import org.jspecify.annotations.NullMarked;
