package segue.server.http;

/// Answers one request. Holds no rule: it parses, calls one use case and renders the result.
@FunctionalInterface
public interface Endpoint {
    /// Never throws for bad input; an exception is our own fault and is answered 500 with the
    /// request's id.
    Response handle(Request request);
}
