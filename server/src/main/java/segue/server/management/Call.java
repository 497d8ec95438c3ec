package segue.server.management;

import segue.domain.identifier.ClientId;
import segue.domain.log.LogEvent;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.util.Optional;
import java.util.Set;

/// An authorised request to an operation.
///
/// @param caller the client of the access token
/// @param scopes of the access token
record Call(Request request, ClientId caller, Set<String> scopes) {
    private static final int LONGEST_ARRAY = 1_000;

    /// The limits of THREATS R49.1 and R49.2.
    private static final JsonMapper STRICT =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(32)
                                                    .maxStringLength(100 * 1024)
                                                    .maxNumberLength(32)
                                                    .build())
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    /// The body as a JSON object.
    Result<ObjectNode> object() {
        return json().then(
                        json ->
                                json instanceof ObjectNode object
                                        ? new Result.Ok<>(object)
                                        : new Result.Failed<>(
                                                ManagementError.body("Expected type object")));
    }

    /// The body as JSON, without anything that a database would choke on.
    Result<JsonNode> json() {
        try {
            var json = STRICT.readTree(request.body());
            if (json.isMissingNode())
                return new Result.Failed<>(ManagementError.body("The body is empty"));
            return isStorable(json)
                    ? new Result.Ok<>(json)
                    : new Result.Failed<>(
                            ManagementError.body("Control characters are not allowed"));
        } catch (JacksonException e) {
            return new Result.Failed<>(
                    new ManagementError(
                            400,
                            "Bad Request",
                            Optional.of("invalid_body"),
                            "Invalid request payload JSON format"));
        }
    }

    private static boolean isStorable(JsonNode json) {
        if (json.isString()) return Parameters.isText(json.asString());
        if (json.isArray() && json.size() > LONGEST_ARRAY) return false;
        if (json.isObject()
                && !json.propertyStream().allMatch(it -> Parameters.isText(it.getKey())))
            return false;
        return json.valueStream().allMatch(Call::isStorable);
    }

    /// The `sapi` event of a write.
    LogEvent event(String description) {
        return LogEvent.of("sapi", Callers.origin(request))
                .described(description)
                .about(caller, "")
                .with("request.method", request.method().name())
                .with("request.path", request.path());
    }

    /// A query parameter.
    Optional<String> query(String name) {
        return request.query().one(name);
    }
}
