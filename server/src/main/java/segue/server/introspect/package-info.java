/// Token introspection (RFC 7662).
@NullMarked
package segue.server.introspect;

import org.jspecify.annotations.NullMarked;
