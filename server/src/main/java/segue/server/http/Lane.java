package segue.server.http;

import java.time.Duration;

/// What a request is for. Each lane has a limit of its own, so that none starves another (promise
/// P6).
public enum Lane {
    /// Health and metrics: whoever mends an overload needs them, so they are never refused.
    OPERATIONS(1),
    /// Discovery and keys: without them nobody can check what others were issued.
    PUBLISHED(1),
    /// The Management API, so that an import leaves room for sign-ins and a flood of sign-ins for
    /// whoever must stop it.
    MANAGEMENT(4),
    /// Everything that users' apps and browsers ask for.
    PROTOCOL(1);

    /// When whoever was refused is asked to come back.
    static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final int share;

    /// @param share it gets one of so many of the places that there may be at most
    Lane(int share) {
        this.share = share;
    }

    /// @param path of a request, as it was sent
    static Lane of(String path) {
        if (path.startsWith("/health/") || path.equals("/metrics")) return OPERATIONS;
        if (path.startsWith("/.well-known/")) return PUBLISHED;
        return path.startsWith("/api/v2/") ? MANAGEMENT : PROTOCOL;
    }

    int most(int concurrent) {
        return Math.max(1, concurrent / share);
    }

    /// What a request is told for which there is no room, in the format of its part of the site
    /// (contract authentication-api §9, management-api §1.2).
    Response refusal() {
        var text =
                this == MANAGEMENT
                        ? """
                        {"statusCode":503,"error":"Service Unavailable","message":"Try again."}\
                        """
                        : """
                        {"error":"temporarily_unavailable","error_description":"Try again."}\
                        """;
        return Response.json(503, text)
                .withHeader("Retry-After", Long.toString(RETRY_AFTER.toSeconds()));
    }
}
