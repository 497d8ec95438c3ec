/// The edge of the edge: bytes, addresses, cookies.
@NullMarked
package segue.server.http;

import org.jspecify.annotations.NullMarked;
