/// `/oauth/revoke` (RFC 7009).
@NullMarked
package segue.server.revoke;

import org.jspecify.annotations.NullMarked;
