/// Telling web clients that a session has ended (OpenID Connect Back-Channel Logout 1.0). Start at
/// [segue.domain.logout.Initiator].
@NullMarked
package segue.domain.logout;

import org.jspecify.annotations.NullMarked;
