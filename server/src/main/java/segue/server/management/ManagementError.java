package segue.server.management;

import segue.server.dpop.PresentedToken.Scheme;
import segue.server.http.Response;
import segue.server.oauth.OAuthError;

import tools.jackson.databind.json.JsonMapper;

import java.util.List;
import java.util.Optional;

/// An error of the Management API (contract management-api §1.2): a value, which reports all that
/// is wrong at once.
///
/// @param code `errorCode`
public record ManagementError(int status, String error, Optional<String> code, String message) {
    private static final JsonMapper JSON = new JsonMapper();

    /// The body isn't what the schema says.
    ///
    /// @param problems at least one
    static ManagementError body(List<String> problems) {
        return new ManagementError(
                400,
                "Bad Request",
                Optional.of("invalid_body"),
                "Payload validation error: " + String.join(", ", problems) + ".");
    }

    static ManagementError body(String problem) {
        return body(List.of("'" + problem + "'"));
    }

    static ManagementError query(String what, String name) {
        return new ManagementError(
                400,
                "Bad Request",
                Optional.of("invalid_query_string"),
                "Query validation error: '" + what + "' on property " + name + ".");
    }

    /// A rule of the business forbids it.
    static ManagementError refused(String message) {
        return new ManagementError(
                400, "Bad Request", Optional.of("operation_not_supported"), message);
    }

    static ManagementError unauthorized(String message) {
        return new ManagementError(401, "Unauthorized", Optional.empty(), message);
    }

    /// The access token is good, but not as it is used (RFC 9449 §7.1).
    static ManagementError unproved(OAuthError error) {
        return new ManagementError(
                401, "Unauthorized", Optional.of(error.error()), error.description());
    }

    /// @param how `any` or `all` of the scopes are needed
    static ManagementError insufficientScope(String how, List<String> scopes) {
        return new ManagementError(
                403,
                "Forbidden",
                Optional.of("insufficient_scope"),
                "Insufficient scope, expected " + how + " of: " + String.join(",", scopes));
    }

    /// An error that has no words but its status.
    static ManagementError plain(int status, String reason) {
        return new ManagementError(status, reason, Optional.empty(), reason);
    }

    static ManagementError notFound(String message, String code) {
        return new ManagementError(404, "Not Found", Optional.of(code), message);
    }

    static ManagementError notFound(String message) {
        return new ManagementError(404, "Not Found", Optional.empty(), message);
    }

    static ManagementError conflict(String message, String code) {
        return new ManagementError(409, "Conflict", Optional.of(code), message);
    }

    static ManagementError tooMany() {
        return new ManagementError(
                429,
                "Too Many Requests",
                Optional.of("too_many_requests"),
                "Global limit has been reached");
    }

    /// As an HTTP answer.
    Response response() {
        return response(Scheme.BEARER);
    }

    /// As an HTTP answer to a request that used a scheme.
    Response response(Scheme scheme) {
        var body =
                JSON.createObjectNode()
                        .put("statusCode", status)
                        .put("error", error)
                        .put("message", message);
        code.ifPresent(value -> body.put("errorCode", value));
        if (status == 401) body.putObject("attributes").put("error", message);
        var response = Response.json(status, body.toString());
        return switch (status) {
            case 401 ->
                    response.withHeader(
                            "WWW-Authenticate", scheme.challenge(code.orElse("invalid_token")));
            case 429 -> response.withHeader("Retry-After", "1");
            default -> response;
        };
    }
}
