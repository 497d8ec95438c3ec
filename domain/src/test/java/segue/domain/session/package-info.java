/// Tests of [segue.domain.session].
@NullMarked
package segue.domain.session;

import org.jspecify.annotations.NullMarked;
