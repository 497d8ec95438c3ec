package segue.storage.jdbc;

/// The database can't do it now: unreachable, overloaded, or twice in conflict with others. Nothing
/// was promised; the edge answers 503 with `Retry-After` (promises P5 and P6).
public final class StorageUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StorageUnavailable(String message) {
        super(message);
    }

    StorageUnavailable(String message, Throwable cause) {
        super(message, cause);
    }
}
