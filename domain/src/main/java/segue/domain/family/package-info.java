/// A native sign-in and all that stems from it, to look at. Start at [segue.domain.family.Member].
@NullMarked
package segue.domain.family;

import org.jspecify.annotations.NullMarked;
