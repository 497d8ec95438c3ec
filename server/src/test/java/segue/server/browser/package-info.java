/// Tests of [segue.server.browser].
@NullMarked
package segue.server.browser;

import org.jspecify.annotations.NullMarked;
