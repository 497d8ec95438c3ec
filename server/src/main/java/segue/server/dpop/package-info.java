/// Proof of possession (DPoP, RFC 9449): start at [segue.server.dpop.DpopProofs]. What a proof must
/// say is [segue.server.dpop.Proof]'s; that a refresh token needs one is a rule of the domain
/// ([segue.domain.token.Rotate]).
@NullMarked
package segue.server.dpop;

import org.jspecify.annotations.NullMarked;
