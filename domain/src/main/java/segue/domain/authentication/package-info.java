/// When and how a user proved who they are. Copied unchanged along a hand-off: a session opened by
/// a transfer never claims a stronger or fresher authentication than its parent (invariant I6).
@NullMarked
package segue.domain.authentication;

import org.jspecify.annotations.NullMarked;
