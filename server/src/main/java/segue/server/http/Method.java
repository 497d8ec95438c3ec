package segue.server.http;

/// The request methods that any of our routes knows.
public enum Method {
    GET,
    HEAD,
    POST,
    PUT,
    PATCH,
    DELETE,
    OPTIONS
}
