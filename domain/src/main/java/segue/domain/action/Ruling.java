package segue.domain.action;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/// What the effects of all Actions of a sign-in come to.
public sealed interface Ruling {

    /// The sign-in goes on, with these changes.
    record Allowed(Terms terms) implements Ruling {}

    /// The sign-in ends here.
    ///
    /// @param error the OAuth error code
    /// @param description what the client is told, at most 500 characters: it becomes part of a URL
    /// @param keepsUserChanges whether changes of user metadata that were asked for before happen
    ///   all the same
    /// @param ends all that ends with it, empty for nothing
    record Denied(String error, String description, boolean keepsUserChanges, Set<Ends> ends)
            implements Ruling {
        private static final int LONGEST = 500;

        public Denied {
            if (description.length() > LONGEST) description = description.substring(0, LONGEST);
            ends = Set.copyOf(ends);
        }
    }

    /// The browser goes elsewhere first.
    ///
    /// @param url absolute, without `state`
    record Redirected(String url) implements Ruling {}

    /// What ends because an Action says so.
    enum Ends {
        /// The session, and the refresh tokens that were issued in it.
        SESSION_WITH_TOKENS,
        /// The session alone.
        SESSION,
        /// The family of the presented refresh token.
        REFRESH_TOKEN
    }

    /// Changes to a sign-in that goes on.
    ///
    /// @param addedScopes to what was granted
    /// @param removedScopes from what was granted
    /// @param idTokenClaims name to JSON
    /// @param accessTokenClaims name to JSON
    /// @param sessionExpiresAt absolute end of the session
    /// @param sessionIdleExpiresAt its end unless it is used before
    /// @param persistentCookie its cookie mode
    /// @param sessionMetadata all of its metadata, if they change
    /// @param refreshTokenExpiresAt absolute end of the refresh-token family
    /// @param refreshTokenIdleExpiresAt its end unless it is used before
    /// @param refreshTokenMetadata all of its metadata, if they change
    /// @param warnings for the tenant log
    record Terms(
            Set<String> addedScopes,
            Set<String> removedScopes,
            SortedMap<String, String> idTokenClaims,
            SortedMap<String, String> accessTokenClaims,
            Optional<Instant> sessionExpiresAt,
            Optional<Instant> sessionIdleExpiresAt,
            Optional<Boolean> persistentCookie,
            Optional<SortedMap<String, String>> sessionMetadata,
            Optional<Instant> refreshTokenExpiresAt,
            Optional<Instant> refreshTokenIdleExpiresAt,
            Optional<SortedMap<String, String>> refreshTokenMetadata,
            List<String> warnings) {
        /// No change.
        public static final Terms NOTHING =
                new Terms(
                        Set.of(),
                        Set.of(),
                        Collections.emptySortedMap(),
                        Collections.emptySortedMap(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        List.of());

        /// Whether a refresh token may still be issued: an Action that takes its scope away takes
        /// the token too.
        public boolean allowsRefreshToken() {
            return !removedScopes.contains("offline_access");
        }

        /// What was granted, with the changes; the order of what was granted stays.
        ///
        /// @param granted space separated
        public String scope(String granted) {
            var scopes = new LinkedHashSet<>(List.of(granted.split(" ", -1)));
            scopes.addAll(addedScopes);
            scopes.removeAll(removedScopes);
            scopes.remove("");
            return String.join(" ", scopes);
        }
    }
}
