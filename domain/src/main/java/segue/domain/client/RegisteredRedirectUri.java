package segue.domain.client;

/// A redirect URI that its client has registered. Only [Client#redirectUri] makes one, so an open
/// redirect isn't forbidden here, it doesn't compile.
public final class RegisteredRedirectUri {
    private final String value;

    RegisteredRedirectUri(String value) {
        this.value = value;
    }

    /// The URI, byte for byte as it was requested.
    public String value() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RegisteredRedirectUri uri && uri.value.equals(value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return value;
    }
}
