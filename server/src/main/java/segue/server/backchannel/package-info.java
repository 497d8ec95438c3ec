/// Telling web clients that a session of theirs has ended (contract authentication-api §6.3, OpenID
/// Connect Back-Channel Logout 1.0). Start at [segue.server.backchannel.LogoutDelivery]; what is to
/// be told is written by the storage, in the transaction that ended the session.
@NullMarked
package segue.server.backchannel;

import org.jspecify.annotations.NullMarked;
