package segue.server.http;

/// Where the body of a request ends, which its head alone decides (RFC 9112 §6).
sealed interface Framing {
    /// So many bytes follow the head; 0 is no body.
    record Length(long bytes) implements Framing {}

    /// Chunks follow.
    record Chunked() implements Framing {}

    /// Two readers might disagree about it, so it isn't read at all.
    ///
    /// @param status a 4xx that says what kind of fault it is
    record Refused(int status) implements Framing {}
}
