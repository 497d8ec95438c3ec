package segue.server.management;

import segue.domain.identifier.ClientId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.server.http.Parameters;
import segue.server.http.Request;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// An authorised request to an operation.
///
/// @param origin where the request came from
/// @param caller the client of the access token
/// @param callerName for the tenant log
/// @param scopes of the access token
record Call(
        Request request, Origin origin, ClientId caller, String callerName, Set<String> scopes) {
    private static final int LONGEST_ARRAY = 1_000;

    private static final JsonMapper STRICT = strict(16 * 1024);

    /// More than an Action's code may have, so that a schema can say how much that is.
    private static final JsonMapper STRICT_WITH_CODE = strict(256 * 1024);

    /// The limits of THREATS R49.1 and R49.2.
    private static JsonMapper strict(int longestText) {
        return JsonMapper.builder(
                        JsonFactory.builder()
                                .streamReadConstraints(
                                        StreamReadConstraints.builder()
                                                .maxNestingDepth(32)
                                                .maxStringLength(longestText)
                                                .maxNameLength(1024)
                                                .maxNumberLength(32)
                                                .build())
                                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }

    /// The body as a JSON object.
    Result<ObjectNode> object() {
        return object(STRICT);
    }

    /// The body as a JSON object that may hold an Action's code. Its schema bounds every text.
    Result<ObjectNode> objectWithCode() {
        return object(STRICT_WITH_CODE);
    }

    private Result<ObjectNode> object(JsonMapper mapper) {
        return json(mapper)
                .then(
                        json -> {
                            if (json instanceof ObjectNode object) return new Result.Ok<>(object);
                            var problems = new ArrayList<String>();
                            Schema.anyObject().check(json, "", problems);
                            return new Result.Failed<>(ManagementError.body(problems));
                        });
    }

    /// The body as JSON, without anything that a database would choke on.
    Result<JsonNode> json() {
        return json(STRICT);
    }

    private Result<JsonNode> json(JsonMapper mapper) {
        try {
            var json = mapper.readTree(request.body());
            var problems = new ArrayList<String>();
            inspect(json, "", problems);
            return problems.isEmpty()
                    ? new Result.Ok<>(json)
                    : new Result.Failed<>(ManagementError.body(problems));
        } catch (JacksonException e) {
            return new Result.Failed<>(
                    new ManagementError(
                            400,
                            "Bad Request",
                            Optional.of("invalid_body"),
                            "Invalid request payload JSON format"));
        }
    }

    private static void inspect(JsonNode json, String path, List<String> problems) {
        if (json.isString() && !Parameters.isText(json.asString()))
            Schema.problem("Control characters are not allowed", path, problems);
        if (json.isFloatingPointNumber() && !Double.isFinite(json.asDouble()))
            Schema.problem("Number is too large", path, problems);
        if (json.size() > LONGEST_ARRAY) {
            Schema.problem("Too many items, maximum " + LONGEST_ARRAY, path, problems);
            return;
        }
        for (var item : json.isArray() ? json : List.<JsonNode>of()) inspect(item, path, problems);
        for (var property : json.properties()) {
            if (Parameters.isText(property.getKey()))
                inspect(property.getValue(), property.getKey(), problems);
            else Schema.problem("Control characters are not allowed", path, problems);
        }
    }

    /// The `sapi` event of a write that answers as its method usually does.
    LogEvent event(String description) {
        return event(
                description,
                switch (request.method()) {
                    case POST -> 201;
                    case DELETE -> 204;
                    default -> 200;
                });
    }

    /// The `sapi` event of a write (contract management-api §8): who asked for what, and the
    /// answer. What was sent and what was answered stays out of it, for both may hold secrets.
    LogEvent event(String description, int status) {
        return LogEvent.of("sapi", origin)
                .described(description)
                .about(caller, callerName)
                .with("request.method", request.method().name())
                .with("request.path", request.path())
                .with("response.statusCode", (long) status);
    }

    /// A query parameter.
    Optional<String> query(String name) {
        return request.query().one(name);
    }
}
