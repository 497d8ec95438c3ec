/// The protocol told as stories: running servers, real databases, a real browser, published SDKs;
/// HTTP and nothing else.
@NullMarked
package segue.acceptance;

import org.jspecify.annotations.NullMarked;
