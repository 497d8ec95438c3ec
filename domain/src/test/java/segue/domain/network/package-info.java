/// Tests of [segue.domain.network].
@NullMarked
package segue.domain.network;

import org.jspecify.annotations.NullMarked;
