package segue.domain.action;

import segue.domain.secret.Secret;

import java.util.List;
import java.util.Optional;

/// What the Action behind a token exchange profile is told (contract actions §7). Names and
/// meanings are the contract's. It alone of all Actions is told a token: the one that it is to
/// judge.
///
/// @param organization that the request names
/// @param resourceServer the API that is asked for
public record TokenExchangeEvent(
        Event.Client client,
        Optional<Event.Organization> organization,
        Event.Request request,
        Optional<Event.ResourceServer> resourceServer,
        Event.Tenant tenant,
        Transaction transaction) {

    /// The token exchange request (RFC 8693 §2.1).
    ///
    /// @param actor who acts, if it isn't the user
    public record Transaction(
            Token subject,
            Optional<Token> actor,
            List<String> requestedScopes,
            String requestedTokenType) {
        public Transaction {
            requestedScopes = List.copyOf(requestedScopes);
        }
    }

    /// A token of somebody else's, and what the request says it is.
    ///
    /// @param type a URI
    public record Token(Secret token, String type) {}
}
