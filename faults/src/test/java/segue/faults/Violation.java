package segue.faults;

/// A promise that a history shows broken.
///
/// @param operation in which it shows
record Violation(Rule rule, Operation operation) {
    enum Rule {
        /// Promise P1, invariant I1: a transfer, a code and a refresh token that rotates work once.
        SINGLE_USE,
        /// Promise P2, invariant I2: nothing works in a request that was sent after the answer to
        /// the one that ended it, or that refused it.
        REVOCATION,
        /// Promises P3 and P4: what was acknowledged works until somebody ends it or uses it up.
        DURABILITY,
        /// Invariant I3: who is signed in is who signed in to the app.
        SUBJECT,
        /// Promises P5 and P6: what can't be done now is answered with 503 or 429 and
        /// `Retry-After`.
        FAIL_FAST
    }
}
