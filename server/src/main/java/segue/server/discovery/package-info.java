/// Discovery and keys (OpenID Connect Discovery §4, contract authentication-api §2).
@NullMarked
package segue.server.discovery;

import org.jspecify.annotations.NullMarked;
