/// `/userinfo` (OpenID Connect Core §5.3).
@NullMarked
package segue.server.userinfo;

import org.jspecify.annotations.NullMarked;
