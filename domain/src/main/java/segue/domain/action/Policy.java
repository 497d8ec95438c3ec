package segue.domain.action;

/// What post-login Actions have to say about a request.
public sealed interface Policy {
    /// Nothing: none is bound.
    record None() implements Policy {}

    /// They haven't been heard yet. What would be granted waits for them, and nothing is changed.
    record Unheard() implements Policy {}

    /// They have spoken.
    record Heard(Verdict verdict) implements Policy {}
}
