package segue.server.signup;

import segue.domain.client.Client;
import segue.domain.identifier.ClientId;
import segue.domain.secret.Secret;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.oauth.Body;
import segue.server.oauth.Callers;
import segue.server.oauth.Cors;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Origins;
import segue.server.oauth.Registry;
import segue.server.password.PasswordPolicy.Flaw;
import segue.server.password.PasswordPolicy.Rule;
import segue.server.settings.Rate;
import segue.storage.Attempts;
import segue.storage.Configuration;
import segue.storage.SignIns;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/// `POST /dbconnections/signup` and `/dbconnections/change_password` (contract authentication-api
/// §10), for apps that have pages of their own. Errors are said in two forms at once, because
/// Auth0's documents disagree about them (contract authentication-api §12, A8).
public final class DbConnectionsEndpoint {
    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> PROFILE =
            List.of("given_name", "family_name", "name", "nickname", "picture");
    private static final int MOST_METADATA = 10;
    private static final int LONGEST_KEY = 100;
    private static final int LONGEST_VALUE = 500;

    private final SignUps signUps;
    private final Databases databases;
    private final SignIns signIns;
    private final Attempts attempts;
    private final Rate rate;
    private final Registry registry;
    private final Origins origins;
    private final Cors cors;

    /// @param rate of requests to change a password, from one network
    public DbConnectionsEndpoint(
            SignUps signUps,
            Configuration configuration,
            SignIns signIns,
            Attempts attempts,
            Rate rate,
            Registry registry,
            Origins origins) {
        this.signUps = signUps;
        this.databases = new Databases(configuration);
        this.signIns = signIns;
        this.attempts = attempts;
        this.rate = rate;
        this.registry = registry;
        this.origins = origins;
        this.cors = new Cors(registry);
    }

    private interface Answering {
        Response answer(Request request, Parameters parameters, Client client);
    }

    private Response handle(Request request, List<String> required, Answering answering) {
        return switch (Body.of(request)) {
            case Body.Malformed(var error) -> response(error);
            case Body.Read(var parameters) ->
                    cors.readable(
                            request,
                            parameters.one("client_id").map(ClientId::new),
                            handle(request, parameters, required, answering));
        };
    }

    private Response handle(
            Request request, Parameters parameters, List<String> required, Answering answering) {
        for (var name : required)
            if (parameters.one(name).isEmpty()) return response(OAuthError.missing(name));
        return registry.client(new ClientId(parameters.one("client_id").orElseThrow()))
                .map(it -> answering.answer(request, parameters, it.client()))
                .orElseGet(() -> response(OAuthError.of(Code.CLIENT_DENIED, "Unauthorized")));
    }

    /// Creates a user.
    public Response signUp(Request request) {
        return handle(
                request, List.of("client_id", "email", "password", "connection"), this::signUp);
    }

    private Response signUp(Request request, Parameters parameters, Client client) {
        var metadata = metadata(request);
        if (metadata.isEmpty())
            return response(OAuthError.of(Code.INVALID_REQUEST, "Invalid user_metadata"));
        var profile = new LinkedHashMap<String, String>();
        for (var name : PROFILE) parameters.one(name).ifPresent(value -> profile.put(name, value));
        var wanted =
                new SignUps.Wanted(
                        parameters.one("connection").orElseThrow(),
                        parameters.one("email").orElseThrow().strip(),
                        parameters.one("username").map(String::strip),
                        new Secret(parameters.one("password").orElseThrow()),
                        profile,
                        metadata.get());
        return switch (signUps.signUp(client, wanted, origins.of(request))) {
            case SignUps.Outcome.Created(var user, var document) ->
                    Response.json(
                            200,
                            created(user.value(), document, profile.keySet().stream().toList()));
            case SignUps.Outcome.Invalid(var description) ->
                    response(OAuthError.of(Code.INVALID_SIGNUP, description));
            case SignUps.Outcome.Flawed(var flaw) -> response(flaw);
            case SignUps.Outcome.TooMany(var backoff) ->
                    response(
                            OAuthError.tooMany(
                                    Code.TOO_MANY_REQUESTS, "Too many sign-ups", backoff));
            case SignUps.Outcome.Busy _ ->
                    response(OAuthError.of(Code.TEMPORARILY_UNAVAILABLE, "Try again."));
        };
    }

    /// Only JSON can say it; empty if it is more than Auth0 would take.
    private static Optional<ObjectNode> metadata(Request request) {
        if (!request.mediaType().equals("application/json"))
            return Optional.of(JSON.createObjectNode());
        var found = JSON.readTree(request.body()).path("user_metadata");
        if (found.isMissingNode() || found.isNull()) return Optional.of(JSON.createObjectNode());
        if (!(found instanceof ObjectNode metadata) || metadata.size() > MOST_METADATA)
            return Optional.empty();
        var isFine =
                metadata.properties().stream()
                        .allMatch(
                                it ->
                                        it.getKey().length() <= LONGEST_KEY
                                                && Parameters.isText(it.getKey())
                                                && it.getValue().isString()
                                                && it.getValue().asString().length()
                                                        <= LONGEST_VALUE
                                                && Parameters.isText(it.getValue().asString()));
        return isFine ? Optional.of(metadata) : Optional.empty();
    }

    /// @param given what else was said
    private static String created(String user, ObjectNode document, List<String> given) {
        var body = JSON.createObjectNode();
        body.put("_id", user.substring(user.indexOf('|') + 1));
        body.set("email", document.path("email"));
        body.set("email_verified", document.path("email_verified"));
        for (var name : List.of("username", "user_metadata"))
            if (document.has(name)) body.set(name, document.path(name));
        given.forEach(name -> body.set(name, document.path(name)));
        return body.toString();
    }

    /// Asks for a mail that leads to a new password. The answer is the same for everybody, whether
    /// or not there is such a user. No mail can be sent so far, which the tenant log says.
    public Response changePassword(Request request) {
        return handle(request, List.of("client_id", "email", "connection"), this::changePassword);
    }

    private Response changePassword(Request request, Parameters parameters, Client client) {
        var origin = origins.of(request);
        var backoff = attempts.ofNetwork("change-password", origin, rate.count(), rate.per());
        if (backoff.isPresent())
            return response(
                    OAuthError.tooMany(Code.TOO_MANY_REQUESTS, "Too many requests", backoff.get()));
        databases
                .find(parameters.one("connection").orElseThrow(), client.id())
                .ifPresent(
                        database ->
                                signIns.failed(
                                        "fcpr",
                                        Callers.caller(client),
                                        database.id(),
                                        signIns.user(
                                                database.id(),
                                                parameters.one("email").orElseThrow().strip()),
                                        database.changesPasswords()
                                                ? "No mail can be sent."
                                                : "The connection doesn't let users change their"
                                                        + " passwords.",
                                        origin));
        return Response.text(200, "We've just sent you an email to reset your password.");
    }

    private static Response response(OAuthError error) {
        return error.response(both(error, name(error.status())));
    }

    private static ObjectNode both(OAuthError error, String name) {
        return JSON.createObjectNode()
                .put("name", name)
                .put("code", error.error())
                .put("description", error.description())
                .put("statusCode", error.status())
                .put("error", error.error())
                .put("error_description", error.description());
    }

    private static String name(int status) {
        return switch (status) {
            case 401 -> "UnauthorizedError";
            case 429 -> "TooManyRequestsError";
            case 503 -> "ServiceUnavailableError";
            default -> "BadRequestError";
        };
    }

    private static Response response(Flaw flaw) {
        var error = OAuthError.of(Code.INVALID_PASSWORD, flaw.message());
        var body = both(error, flaw.name()).put("message", flaw.message());
        if (flaw instanceof Flaw.Weak(var rules)) body.set("description", described(rules));
        return error.response(body);
    }

    /// As SDKs read it: every rule, and whether it is followed.
    private static ObjectNode described(List<Rule> rules) {
        var description = JSON.createObjectNode();
        var all = description.putArray("rules");
        for (var rule : rules) {
            var one = all.addObject().put("message", rule.message()).put("code", rule.code());
            if (!rule.format().isEmpty()) one.set("format", JSON.valueToTree(rule.format()));
            if (!rule.items().isEmpty()) {
                var items = one.putArray("items");
                for (var item : rule.items())
                    items.addObject()
                            .put("message", item.message())
                            .put("code", item.code())
                            .put("verified", item.isThere());
            }
            one.put("verified", rule.isFollowed());
        }
        return description.put("verified", false);
    }
}
