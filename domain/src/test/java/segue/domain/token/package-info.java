/// Tests of [segue.domain.token].
@NullMarked
package segue.domain.token;

import org.jspecify.annotations.NullMarked;
