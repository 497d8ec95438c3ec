package segue.server.management;

import segue.domain.identifier.ActionId;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.secret.Mint;
import segue.storage.Actions;
import segue.storage.Actions.Written;
import segue.storage.jdbc.ProfileTable.Profile;

import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Token exchange profiles: which Action vouches for which type of subject token (contract
/// management-api §12, actions §7).
public final class TokenExchangeProfiles {
    private static final String TYPE = "custom_authentication";

    /// Types that mean something already (contract authentication-api §4.7): a profile for one of
    /// them would let an Action stand in for our own verification.
    private static final Pattern RESERVED =
            Pattern.compile("(?i)(https?://(auth0|okta)\\.com|urn:(ietf|auth0|okta))([:/?#].*)?");

    static final Schema SCHEMA =
            new Schema()
                    .required("name", "subject_token_type", "action_id", "type")
                    .with(
                            "name",
                            Schema.text(
                                    Pattern.compile("(?=.*\\S)[^\\r\\n\\t]{3,50}"),
                                    "3 to 50 characters"))
                    .with("subject_token_type", Schema.text(TokenExchangeProfiles::typeProblems))
                    .with("action_id", Schema.text(Pattern.compile(".{1,64}"), "an action's id"))
                    .with("type", Schema.oneOf(TYPE));

    private static final ManagementError UNKNOWN =
            ManagementError.notFound("Token exchange profile not found.");

    private final Actions actions;
    private final Mint mint;

    public TokenExchangeProfiles(Actions actions, Mint mint) {
        this.actions = actions;
        this.mint = mint;
    }

    private static List<String> typeProblems(String type) {
        if (!type.matches("(https?://|urn:)[\\x21-\\x7e]{1,500}"))
            return List.of("String is not a URI that begins with https://, http:// or urn:");
        return RESERVED.matcher(type).matches() ? List.of("The type is reserved") : List.of();
    }

    List<Operation> operations() {
        return List.of(
                Operation.of(
                        Method.GET,
                        "/token-exchange-profiles",
                        "read:token_exchange_profiles",
                        this::list),
                Operation.of(
                        Method.POST,
                        "/token-exchange-profiles",
                        "create:token_exchange_profiles",
                        this::create),
                Operation.of(
                        Method.GET,
                        "/token-exchange-profiles/{id}",
                        "read:token_exchange_profiles",
                        this::get),
                Operation.of(
                        Method.PATCH,
                        "/token-exchange-profiles/{id}",
                        "update:token_exchange_profiles",
                        this::patch),
                Operation.of(
                        Method.DELETE,
                        "/token-exchange-profiles/{id}",
                        "delete:token_exchange_profiles",
                        this::delete));
    }

    private static ObjectNode shown(Profile profile) {
        return Page.JSON
                .createObjectNode()
                .put("id", profile.id())
                .put("name", profile.name())
                .put("subject_token_type", profile.subjectTokenType())
                .put("action_id", profile.action().value())
                .put("type", profile.type())
                .put("created_at", Documents.time(profile.createdAt()))
                .put("updated_at", Documents.time(profile.updatedAt()));
    }

    private Result<Response> list(Call call) {
        return Page.of(call)
                .then(
                        page ->
                                page.checkpoint(
                                        actions.profiles().stream()
                                                .map(TokenExchangeProfiles::shown)
                                                .toList(),
                                        "token_exchange_profiles",
                                        "id",
                                        call));
    }

    private Result<Profile> find(String id) {
        return actions.findProfile(id)
                .<Result<Profile>>map(Result.Ok::new)
                .orElseGet(() -> new Result.Failed<>(UNKNOWN));
    }

    private Result<Response> get(Call call) {
        return find(call.request().pathParameter("id"))
                .then(profile -> new Result.Ok<>(Page.json(200, shown(profile))));
    }

    private Result<Response> create(Call call) {
        return call.object()
                .then(body -> create(body, call))
                .then(profile -> new Result.Ok<>(Page.json(201, shown(profile))));
    }

    /// Creates a profile.
    Result<Profile> create(ObjectNode body, Call call) {
        var problems = SCHEMA.problems(body);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var action = actions.find(new ActionId(body.path("action_id").asString()));
        if (action.isEmpty())
            Schema.problem(
                    "Unknown action: " + Schema.shortened(body.path("action_id").asString()),
                    "action_id",
                    problems);
        else if (!ActionDocument.supports(action.get(), TriggerApi.TOKEN_EXCHANGE))
            Schema.problem(
                    "The action does not support the trigger " + TriggerApi.TOKEN_EXCHANGE,
                    "action_id",
                    problems);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var id = mint.tokenExchangeProfile();
        return written(
                        actions.createProfile(
                                id,
                                body.path("name").asString(),
                                body.path("subject_token_type").asString(),
                                new ActionId(body.path("action_id").asString()),
                                TYPE,
                                call.event("Create a token exchange profile")))
                .then(_ -> find(id));
    }

    private static Result<Written> written(Written written) {
        return switch (written) {
            case UNKNOWN -> new Result.Failed<>(UNKNOWN);
            case TAKEN ->
                    new Result.Failed<>(
                            ManagementError.conflict(
                                    "A token exchange profile for the same subject_token_type"
                                            + " already exists.",
                                    "conflict"));
            case NOT_DEPLOYED ->
                    new Result.Failed<>(ManagementError.refused("The action is not deployed."));
            case DONE, STALE, BOUND, NAMED -> new Result.Ok<>(written);
        };
    }

    private Result<Response> patch(Call call) {
        return find(call.request().pathParameter("id"))
                .then(profile -> call.object().then(body -> patch(profile, body, call)))
                .then(profile -> new Result.Ok<>(Page.json(200, shown(profile))));
    }

    /// Changes a profile; the action stays.
    Result<Profile> patch(Profile profile, ObjectNode body, Call call) {
        var problems = SCHEMA.changes(body, "action_id", "type");
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        return written(
                        actions.changeProfile(
                                profile.id(),
                                text(body, "name"),
                                text(body, "subject_token_type"),
                                call.event("Update a token exchange profile")))
                .then(_ -> find(profile.id()));
    }

    private static Optional<String> text(ObjectNode body, String name) {
        return body.has(name) ? Optional.of(body.path(name).asString()) : Optional.empty();
    }

    private Result<Response> delete(Call call) {
        actions.deleteProfile(
                call.request().pathParameter("id"), call.event("Delete a token exchange profile"));
        return new Result.Ok<>(Response.of(204));
    }
}
