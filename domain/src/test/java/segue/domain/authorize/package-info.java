/// Tests of [segue.domain.authorize].
@NullMarked
package segue.domain.authorize;

import org.jspecify.annotations.NullMarked;
