/// `/oauth/token`. Start at [segue.server.token.TokenEndpoint]; each grant type is a class of its
/// own, and [segue.server.token.Tokens] makes what they answer. The hand-off's first half is
/// [segue.server.token.TransferExchange].
@NullMarked
package segue.server.token;

import org.jspecify.annotations.NullMarked;
