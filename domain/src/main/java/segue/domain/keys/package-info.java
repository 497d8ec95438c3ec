/// Which signing key counts when. Start at [segue.domain.keys.KeyRing].
@NullMarked
package segue.domain.keys;

import org.jspecify.annotations.NullMarked;
