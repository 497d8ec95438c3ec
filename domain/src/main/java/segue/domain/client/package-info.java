/// Applications that ask for tokens, as far as rules read their settings. The server makes them
/// from the documents of the Management API.
@NullMarked
package segue.domain.client;

import org.jspecify.annotations.NullMarked;
