package segue.domain.transfer;

/// What came of claiming the presented token: one conditional statement, before anything is judged,
/// so that two browsers can't both be judged worthy (THREATS R3.1, R3.2). Only the verifier of a
/// token that has a challenge is looked at before, by the same statement.
public sealed interface Claim {

    /// It was unused and unexpired; now it is used.
    record Taken(Transfer transfer) implements Claim {}

    /// No token has this hash, or it was used before.
    record UnknownOrUsed() implements Claim {}

    /// It was never used, but its minute is over.
    record Expired() implements Claim {}

    /// It was minted with a challenge, and no verifier came with it: it isn't used.
    ///
    /// @param transfer whose it is
    record VerifierMissing(Transfer transfer) implements Claim {}

    /// The verifier that came with it isn't the one: the token isn't used, but a try is gone, and
    /// with the third the token is.
    ///
    /// @param transfer whose it is
    record VerifierWrong(Transfer transfer) implements Claim {}

    /// Several different values were presented; all that exist are burnt.
    record Conflicting() implements Claim {}
}
