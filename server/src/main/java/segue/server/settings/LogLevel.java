package segue.server.settings;

/// The least severe line that is still written.
public enum LogLevel {
    /// Only what broke.
    ERROR,
    /// And what an operator should look at.
    WARN,
    /// And what happens in the ordinary life of a server.
    INFO,
    /// And what helps to understand it.
    DEBUG
}
