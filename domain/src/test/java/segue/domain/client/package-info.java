/// Tests of [segue.domain.client].
@NullMarked
package segue.domain.client;

import org.jspecify.annotations.NullMarked;
