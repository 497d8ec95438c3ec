package segue.actions;

/// What the server sends us.
sealed interface Message {
    /// @param key names the code: the same key and the same code may find their module still loaded
    /// @param handler the name of the export to call
    /// @param request JSON: `trigger`, `event`, `cache`, `redirect`
    record Run(int deadlineMillis, String key, String code, String handler, String request)
            implements Message {}

    /// The answer to the call with that id.
    record Answer(int callId, String json) implements Message {}
}
