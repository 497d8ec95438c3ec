/// Tests of [segue.domain.action].
@NullMarked
package segue.domain.action;

import org.jspecify.annotations.NullMarked;
