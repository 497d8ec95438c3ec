/// Tests of [segue.server.profile].
@NullMarked
package segue.server.profile;

import org.jspecify.annotations.NullMarked;
