/// Tests of [segue.domain.keys].
@NullMarked
package segue.domain.keys;

import org.jspecify.annotations.NullMarked;
