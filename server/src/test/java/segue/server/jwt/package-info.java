/// Tests of [segue.server.jwt].
@NullMarked
package segue.server.jwt;

import org.jspecify.annotations.NullMarked;
