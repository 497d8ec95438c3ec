package segue.domain.action;

import java.util.function.UnaryOperator;

/// What post-login Actions have to say about a request.
public sealed interface Policy {
    /// Nothing: none is bound.
    record None() implements Policy {}

    /// They haven't been heard yet. What would be granted waits for them, and nothing is changed.
    record Unheard() implements Policy {}

    /// They have spoken.
    ///
    /// @param user what they make of the user's document, which is JSON
    /// @param isForManagementApi whether the access token that is asked for is for the Management
    ///   API
    record Heard(Verdict verdict, UnaryOperator<String> user, boolean isForManagementApi)
            implements Policy {

        /// Whether the user's row must be had alone: something stored about the user changes, or
        /// all that was issued in a session ends.
        public boolean takesUserAlone() {
            return verdict.failure().isEmpty()
                    && verdict.effects().stream().anyMatch(Heard::takesUserAlone);
        }

        private static boolean takesUserAlone(Effect effect) {
            return changesUser(effect) || effect instanceof Effect.RevokeSession;
        }

        /// Whether something stored about the user changes.
        public boolean changesUser() {
            return verdict.effects().stream().anyMatch(Heard::changesUser);
        }

        private static boolean changesUser(Effect effect) {
            return effect instanceof Effect.SetAppMetadata
                    || effect instanceof Effect.SetUserMetadata;
        }
    }
}
