/// End-users, as far as rules read them.
@NullMarked
package segue.domain.user;

import org.jspecify.annotations.NullMarked;
