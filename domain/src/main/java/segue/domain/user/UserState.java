package segue.domain.user;

/// What the user row said when it was locked.
public enum UserState {
    ACTIVE,
    BLOCKED,
    GONE
}
