/// APIs that access tokens are for: "resource servers" in RFC 6749 and the Management API.
@NullMarked
package segue.domain.resource;

import org.jspecify.annotations.NullMarked;
