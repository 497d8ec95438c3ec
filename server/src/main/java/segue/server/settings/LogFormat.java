package segue.server.settings;

/// How log lines are written.
public enum LogFormat {
    /// For a person at a terminal.
    TEXT,
    /// One JSON object per line (THREATS R40.1).
    JSON
}
