package segue.domain.token;

/// The outcome of presenting a refresh token.
public sealed interface Rotation {

    /// Accepted; the newest token is superseded by one of the next generation.
    record Successor(long generation) implements Rotation {}

    /// Accepted within leeway: one more token of the newest generation, so that a lost answer can
    /// be asked for again (THREATS R13.2).
    record Sibling(long generation) implements Rotation {}

    /// Accepted; the client doesn't rotate, so the presented token stays.
    record Unchanged() implements Rotation {}

    /// Refused; nothing changes.
    record Refused(RefreshRefusal reason) implements Rotation {}

    /// Breach: someone holds a token that was rotated away. The family and all that hangs below it
    /// ends.
    ///
    /// @param presented the generation of the presented token
    /// @param latest the generation of the newest
    record Replayed(long presented, long latest) implements Rotation {}
}
