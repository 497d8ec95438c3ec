package segue.server.action;

import java.util.Map;
import java.util.Optional;

/// What `api.redirect` is told (contract actions §5).
///
/// @param isPossible whether there is a browser that may be sent elsewhere
/// @param state with which the browser came back; empty in the first run
/// @param query of `/continue`
/// @param body of `/continue`
public record Redirection(
        boolean isPossible,
        Optional<String> state,
        Map<String, String> query,
        Map<String, String> body) {
    public Redirection {
        query = Map.copyOf(query);
        body = Map.copyOf(body);
    }

    /// In a run that nobody was sent away from.
    ///
    /// @param isPossible whether somebody may be
    public static Redirection first(boolean isPossible) {
        return new Redirection(isPossible, Optional.empty(), Map.of(), Map.of());
    }
}
