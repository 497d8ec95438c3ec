/// Tests of [segue.domain.revocation].
@NullMarked
package segue.domain.revocation;

import org.jspecify.annotations.NullMarked;
