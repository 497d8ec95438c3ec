/// Tests of [segue.domain.transfer].
@NullMarked
package segue.domain.transfer;

import org.jspecify.annotations.NullMarked;
