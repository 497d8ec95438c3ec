/// A native app: it signs in, refreshes, and turns its refresh token into a session transfer token.
/// Start with [segue.demo.phone.Phone]. What it sends is what the published mobile SDKs send.
@NullMarked
package segue.demo.phone;

import org.jspecify.annotations.NullMarked;
