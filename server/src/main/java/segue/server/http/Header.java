package segue.server.http;

/// One header field.
///
/// @param name as it is to be written; compared without regard to case
/// @param value without line breaks, so that nothing can be smuggled into the answer
public record Header(String name, String value) {
    public Header {
        if (value.indexOf('\r') >= 0 || value.indexOf('\n') >= 0)
            throw new IllegalArgumentException("a header value has one line: " + name);
    }
}
