package segue.server.oauth;

import segue.server.http.Parameters;
import segue.server.http.Request;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The parameters of a request body, JSON or form (contract authentication-api §1). Mobile SDKs
/// send JSON, libraries send forms.
public sealed interface Body {

    /// Well-formed; no name occurs twice, but `resource` may, which has an error of its own for it
    /// (RFC 8707 §2).
    record Read(Parameters parameters) implements Body {}

    /// Not.
    record Malformed(OAuthError error) implements Body {}

    /// Reads the body. Unknown parameters are kept; the caller ignores them.
    static Body of(Request request) {
        return switch (request.mediaType()) {
            case "application/json" -> json(request.body());
            case "application/x-www-form-urlencoded", "" -> form(request.form());
            default -> malformed("Unsupported content type");
        };
    }

    private static Body form(Optional<Parameters> form) {
        if (form.isEmpty()) return malformed("The body is not a well-formed form");
        return form.get().repeated().stream()
                .filter(name -> !name.equals(ResourceIndicator.NAME))
                .sorted()
                .findFirst()
                .map(name -> malformed("Repeated parameter: " + name))
                .orElseGet(() -> new Read(form.get()));
    }

    private static Body json(byte[] body) {
        try {
            return parameters(Json.MAPPER.readTree(body));
        } catch (JacksonException e) {
            return malformed("The body is not well-formed JSON");
        }
    }

    private static Body parameters(JsonNode json) {
        if (!json.isObject()) return malformed("The body must be a JSON object");
        Map<String, String> values = new LinkedHashMap<>();
        for (var property : json.properties()) {
            var value = property.getValue();
            if (value.isNull()) continue;
            // What isn't a text is nobody's parameter: ignored, unless it is one that we read.
            if (SCALARS.contains(property.getKey())
                    && (value.isBoolean() || value.isIntegralNumber())) {
                values.put(property.getKey(), value.asString());
                continue;
            }
            if (!value.isString()) {
                if (KNOWN.contains(property.getKey()))
                    return malformed("Parameter " + property.getKey() + " must be a string");
                continue;
            }
            if (!Parameters.isText(value.asString()))
                return malformed("Control characters are not allowed");
            values.put(property.getKey(), value.asString());
        }
        return new Read(Parameters.of(values));
    }

    /// Every parameter that some grant reads, or that a pushed request may have.
    Set<String> KNOWN =
            Set.of(
                    "grant_type",
                    "client_id",
                    "client_secret",
                    "client_assertion_type",
                    "client_assertion",
                    "code",
                    "redirect_uri",
                    "code_verifier",
                    "refresh_token",
                    "token",
                    "token_type_hint",
                    "audience",
                    ResourceIndicator.NAME,
                    "scope",
                    "username",
                    "password",
                    "realm",
                    "organization",
                    "target_client_id",
                    "target_scope",
                    "session_max_age",
                    "hand_off",
                    "transfer_challenge",
                    "response_type",
                    "response_mode",
                    "state",
                    "nonce",
                    "code_challenge",
                    "code_challenge_method",
                    "prompt",
                    "max_age",
                    "dpop_jkt",
                    "login_hint",
                    "id_token_hint",
                    "connection",
                    "claims",
                    "request",
                    "request_uri",
                    "session_transfer_token");

    /// Those that JSON has better types for than a text.
    Set<String> SCALARS = Set.of("session_max_age", "hand_off", "max_age");

    private static Body malformed(String description) {
        return new Malformed(OAuthError.of(OAuthError.Code.INVALID_REQUEST, description));
    }

    /// The limits of THREATS R49.1 and R49.2.
    final class Json {
        private Json() {}

        private static final JsonMapper MAPPER =
                JsonMapper.builder(
                                JsonFactory.builder()
                                        .streamReadConstraints(
                                                StreamReadConstraints.builder()
                                                        .maxNestingDepth(32)
                                                        .maxStringLength(16 * 1024)
                                                        .maxNumberLength(32)
                                                        .build())
                                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                        .build())
                        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .build();
    }
}
