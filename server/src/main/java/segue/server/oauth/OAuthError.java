package segue.server.oauth;

import segue.server.http.Response;
import segue.storage.Backoff;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.util.Optional;

/// An error of the OAuth endpoints (contract authentication-api §9).
///
/// @param error its code on the wire
/// @param status of a JSON answer
/// @param description for developers; the exact words matter, SDKs compare some of them
/// @param uri `error_uri`
/// @param backoff when it may be tried again, for what was tried too often
public record OAuthError(
        String error,
        int status,
        String description,
        Optional<String> uri,
        Optional<Backoff> backoff) {
    private static final JsonMapper JSON = new JsonMapper();

    /// The `error` values that we use, with the status that Auth0 really answers (contract
    /// authentication-api §9, A1).
    public enum Code {
        INVALID_REQUEST("invalid_request", 400),
        INVALID_CLIENT("invalid_client", 401),
        /// RFC 8693 §2.2.2: the token can't be for that client.
        INVALID_TARGET("invalid_target", 400),
        INVALID_GRANT("invalid_grant", 403),
        INVALID_TOKEN("invalid_token", 401),
        /// Contract authentication-api §10.
        INVALID_SIGNUP("invalid_signup", 400),
        INVALID_PASSWORD("invalid_password", 400),
        /// RFC 9449 §5.
        INVALID_DPOP_PROOF("invalid_dpop_proof", 400),
        /// RFC 9449 §8.
        USE_DPOP_NONCE("use_dpop_nonce", 400),
        UNAUTHORIZED("unauthorized", 403),
        UNAUTHORIZED_CLIENT("unauthorized_client", 403),
        /// A wrong client secret or an unknown client: `Unauthorized`.
        CLIENT_DENIED("access_denied", 401),
        ACCESS_DENIED("access_denied", 403),
        UNSUPPORTED_GRANT_TYPE("unsupported_grant_type", 403),
        UNSUPPORTED_RESPONSE_TYPE("unsupported_response_type", 400),
        LOGIN_REQUIRED("login_required", 400),
        CONSENT_REQUIRED("consent_required", 400),
        INTERACTION_REQUIRED("interaction_required", 400),
        /// OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
        UNMET_AUTHENTICATION_REQUIREMENTS("unmet_authentication_requirements", 400),
        /// RFC 9101 §7.
        INVALID_REQUEST_OBJECT("invalid_request_object", 400),
        REQUEST_NOT_SUPPORTED("request_not_supported", 400),
        REQUEST_URI_NOT_SUPPORTED("request_uri_not_supported", 400),
        /// RFC 8628 §3.5.
        AUTHORIZATION_PENDING("authorization_pending", 403),
        SLOW_DOWN("slow_down", 429),
        EXPIRED_TOKEN("expired_token", 403),
        TOO_MANY_ATTEMPTS("too_many_attempts", 429),
        TOO_MANY_REQUESTS("too_many_requests", 429),
        SERVER_ERROR("server_error", 500),
        TEMPORARILY_UNAVAILABLE("temporarily_unavailable", 503);

        private final String wire;
        private final int status;

        Code(String wire, int status) {
            this.wire = wire;
            this.status = status;
        }

        private OAuthError described(
                String description, Optional<String> uri, Optional<Backoff> backoff) {
            return new OAuthError(wire, status, description, uri, backoff);
        }
    }

    /// An error without an `error_uri`.
    public static OAuthError of(Code code, String description) {
        return code.described(description, Optional.empty(), Optional.empty());
    }

    /// Something was tried too often.
    public static OAuthError tooMany(Code code, String description, Backoff backoff) {
        return code.described(description, Optional.empty(), Optional.of(backoff));
    }

    /// An error that is explained on a page.
    public static OAuthError explained(Code code, String description, String uri) {
        return code.described(description, Optional.of(uri), Optional.empty());
    }

    /// What an Action denied (contract actions §4).
    public static OAuthError byAction(String error, String description) {
        return new OAuthError(error, 403, description, Optional.empty(), Optional.empty());
    }

    /// What the Action behind a token exchange profile decided (contract authentication-api §4.7).
    public static OAuthError byJudge(String error, String description) {
        return new OAuthError(error, 400, description, Optional.empty(), Optional.empty());
    }

    /// A parameter that must be there isn't.
    public static OAuthError missing(String parameter) {
        return of(Code.INVALID_REQUEST, "Missing required parameter: " + parameter);
    }

    /// The API doesn't exist, or isn't for this request.
    public static OAuthError serviceNotFound(String audience) {
        return of(Code.ACCESS_DENIED, "Service not found: " + audience);
    }

    /// Whether it has this code.
    public boolean is(Code code) {
        return error.equals(code.wire);
    }

    /// The same to the letter of RFC 6749 §5.2, where Auth0 goes its own way (contract
    /// authentication-api §9): 400 for whatever is refused, and `invalid_client` for a client that
    /// fails to authenticate.
    OAuthError strict() {
        if (is(Code.CLIENT_DENIED) && status == 401)
            return of(Code.INVALID_CLIENT, "Client authentication failed");
        if (is(Code.UNAUTHORIZED)) return of(Code.INVALID_GRANT, description);
        // RFC 8628 §3.5 has no other status for it.
        return status == 403 || is(Code.SLOW_DOWN) ? withStatus(400) : this;
    }

    /// The same with another status.
    public OAuthError withStatus(int other) {
        return new OAuthError(error, other, description, uri, backoff);
    }

    /// As a JSON answer.
    public Response response() {
        var body =
                JSON.createObjectNode().put("error", error).put("error_description", description);
        uri.ifPresent(link -> body.put("error_uri", link));
        return response(body);
    }

    /// As a JSON answer in other words.
    public Response response(ObjectNode body) {
        var answer = Response.json(status, body.toString()).withHeader("Pragma", "no-cache");
        return status == 503
                ? answer.withHeader("Retry-After", "1")
                : backoff.map(it -> told(it, answer)).orElse(answer);
    }

    /// Contract authentication-api §1.2.
    private static Response told(Backoff backoff, Response answer) {
        return answer.withHeader("Retry-After", Long.toString(backoff.seconds()))
                .withHeader("X-RateLimit-Limit", Integer.toString(backoff.limit()))
                .withHeader("X-RateLimit-Remaining", "0")
                .withHeader("X-RateLimit-Reset", Long.toString(backoff.until().getEpochSecond()));
    }
}
