/// A native app: it signs in, refreshes, and turns its refresh token into a session transfer token.
@NullMarked
package segue.demo.phone;

import org.jspecify.annotations.NullMarked;
