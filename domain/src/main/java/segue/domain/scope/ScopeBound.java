package segue.domain.scope;

import java.util.Optional;

/// The most that may be granted, whatever is asked for: `target_scope` of a session transfer token
/// (native-to-web §14). It goes from the token to the session that it opens, to the codes of that
/// session and to their refresh tokens, so that no detour yields more than the mint allowed.
///
/// @param most the allowed scopes, space separated; empty: there is no bound
public record ScopeBound(Optional<String> most) {
    /// No bound.
    public static final ScopeBound NONE = new ScopeBound(Optional.empty());

    private static final String OFFLINE = "offline_access";

    /// What remains of a scope, in its order.
    public String narrow(String scope) {
        if (most.isEmpty()) return scope;
        var kept = Scope.words(scope);
        kept.retainAll(Scope.words(most.get()));
        return String.join(" ", kept);
    }

    /// Whether a refresh token may be issued.
    public boolean allowsOffline() {
        return most.isEmpty() || Scope.words(most.get()).contains(OFFLINE);
    }

    /// What both allow.
    public ScopeBound and(ScopeBound other) {
        return most.isEmpty() ? other : new ScopeBound(most.map(other::narrow));
    }

    /// Whether there is one.
    public boolean isPresent() {
        return most.isPresent();
    }
}
