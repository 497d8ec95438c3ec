/// A browser's login here and its lifetimes.
@NullMarked
package segue.domain.session;

import org.jspecify.annotations.NullMarked;
