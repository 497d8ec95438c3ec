/// What the OAuth endpoints share: errors as the contract words them, parameters of either body
/// format, the client behind a request, and the audiences and scopes that it may have.
@NullMarked
package segue.server.oauth;

import org.jspecify.annotations.NullMarked;
