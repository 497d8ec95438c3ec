package segue.domain.transfer;

/// What came of claiming the presented token: one conditional statement, before anything is judged,
/// so that two browsers can't both be judged worthy (THREATS R3.1, R3.2).
public sealed interface Claim {

    /// It was unused and unexpired; now it is used.
    record Taken(Transfer transfer) implements Claim {}

    /// No token has this hash, or it was used before.
    record UnknownOrUsed() implements Claim {}

    /// It was never used, but its minute is over.
    record Expired() implements Claim {}

    /// Several different values were presented; all that exist are burnt.
    record Conflicting() implements Claim {}
}
