package segue.server.authorize;

import segue.domain.secret.Secret;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.storage.Authorizations;

/// The fresh secrets of one request; which of them are used is decided in the transaction.
///
/// @param minted their hashes, which is all that the storage sees
record Fresh(
        Secret session,
        Secret code,
        Secret interaction,
        Secret interactionCookie,
        Authorizations.Minted minted) {

    static Fresh from(Mint mint) {
        var session = mint.secret(SecretType.SESSION_COOKIE);
        var code = mint.secret(SecretType.AUTHORIZATION_CODE);
        var interaction = mint.secret(SecretType.INTERACTION);
        var cookie = mint.secret(SecretType.INTERACTION_COOKIE);
        return new Fresh(
                session,
                code,
                interaction,
                cookie,
                new Authorizations.Minted(
                        mint.session(),
                        session.hash(),
                        code.hash(),
                        mint.grant(),
                        interaction.hash(),
                        cookie.hash()));
    }
}
