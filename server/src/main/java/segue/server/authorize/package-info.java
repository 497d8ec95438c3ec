/// `/authorize`. Start at [segue.server.authorize.AuthorizeEndpoint]; the decision about a session
/// transfer token is made in `segue.domain.transfer.Redeem`, inside the transaction of
/// `segue.storage.Authorizations`.
@NullMarked
package segue.server.authorize;

import org.jspecify.annotations.NullMarked;
