/// Tests of [segue.domain.device].
@NullMarked
package segue.domain.device;

import org.jspecify.annotations.NullMarked;
