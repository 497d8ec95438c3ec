/// Tests of [segue.domain.secret].
@NullMarked
package segue.domain.secret;

import org.jspecify.annotations.NullMarked;
