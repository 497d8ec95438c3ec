package segue.domain.action;

import java.util.List;
import java.util.Optional;

/// What the Action behind a token exchange profile came to.
public sealed interface TokenExchangeRuling {

    /// It vouches for a user.
    ///
    /// @param organization by id or name
    /// @param actor the `act` claim, JSON
    /// @param userChanges of the user's metadata, in order
    record Vouched(
            TokenExchangeEffect.Subject subject,
            Optional<String> organization,
            Optional<String> actor,
            List<Effect> userChanges)
            implements TokenExchangeRuling {
        public Vouched {
            userChanges = List.copyOf(userChanges);
        }
    }

    /// There will be no tokens.
    ///
    /// @param error the OAuth error code
    /// @param description what the client is told
    record Refused(Reason reason, String error, String description)
            implements TokenExchangeRuling {}

    /// Why.
    enum Reason {
        /// The Action doesn't accept the subject token.
        INVALID_SUBJECT_TOKEN,
        /// The Action denies the request.
        DENIED,
        /// It can't be told what the Action wants.
        UNCLEAR,
        /// The run failed.
        FAILED
    }
}
