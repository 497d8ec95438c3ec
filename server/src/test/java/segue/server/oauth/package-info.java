/// Tests of [segue.server.oauth].
@NullMarked
package segue.server.oauth;

import org.jspecify.annotations.NullMarked;
