/// Scopes (RFC 6749 §3.3), and the most of them that something may yield.
@NullMarked
package segue.domain.scope;

import org.jspecify.annotations.NullMarked;
