/// `/v2/logout` and `/oidc/logout` (contract authentication-api §6).
@NullMarked
package segue.server.logout;

import org.jspecify.annotations.NullMarked;
