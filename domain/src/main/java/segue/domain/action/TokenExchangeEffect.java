package segue.domain.action;

import java.util.Optional;

/// One thing that the Action behind a token exchange profile asks for (contract actions §7), in the
/// order in which it asked.
public sealed interface TokenExchangeEffect
        permits TokenExchangeEffect.Deny,
                TokenExchangeEffect.RejectInvalidSubjectToken,
                TokenExchangeEffect.SetUser,
                TokenExchangeEffect.SetOrganization,
                TokenExchangeEffect.SetActor,
                Effect.SetAppMetadata,
                Effect.SetUserMetadata,
                Effect.Malformed {

    /// `api.access.deny`.
    record Deny(String code, String reason) implements TokenExchangeEffect {}

    /// `api.access.rejectInvalidSubjectToken`: counts against whoever sent it.
    record RejectInvalidSubjectToken(String reason) implements TokenExchangeEffect {}

    /// Whose tokens these will be.
    record SetUser(Subject subject) implements TokenExchangeEffect {}

    /// `api.authentication.setOrganization`.
    record SetOrganization(String idOrName) implements TokenExchangeEffect {}

    /// `api.authentication.setActor`.
    ///
    /// @param json the `act` claim (RFC 8693 §4.1)
    record SetActor(String json) implements TokenExchangeEffect {}

    /// How an Action names a user.
    sealed interface Subject {
        /// `setUserById`.
        record ById(String userId) implements Subject {}

        /// `setUserByConnection`.
        ///
        /// @param connection its name
        /// @param creates whether a user that isn't there is created
        /// @param replaces whether the profile of a user that is there is replaced
        record ByConnection(String connection, Profile profile, boolean creates, boolean replaces)
                implements Subject {}
    }

    /// What an Action knows of a user.
    ///
    /// @param userId within the connection
    /// @param rest the attributes beyond those named here, as a JSON object
    record Profile(
            String userId,
            Optional<String> email,
            Optional<Boolean> emailVerified,
            Optional<String> username,
            String rest) {}
}
