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

        /// Whether the user's row must be had alone: something stored about the user changes, or a
        /// session does, or all that was issued in it ends. An exchange holds its family by then,
        /// and whoever ends the session takes the two in the other order.
        public boolean takesUserAlone() {
            return verdict.failure().isEmpty()
                    && verdict.effects().stream().anyMatch(Heard::takesUserAlone);
        }

        private static boolean takesUserAlone(Effect effect) {
            return switch (effect) {
                case Effect.RevokeSession _,
                        Effect.SetSessionExpiresAt _,
                        Effect.SetSessionIdleExpiresAt _,
                        Effect.SetCookieMode _,
                        Effect.EditSessionMetadata _ ->
                        true;
                default -> changesUser(effect);
            };
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
