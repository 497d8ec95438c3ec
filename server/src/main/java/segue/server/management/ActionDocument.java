package segue.server.management;

import segue.domain.identifier.ActionId;
import segue.domain.secret.Secret;
import segue.server.registry.ActionSecrets;
import segue.storage.jdbc.ActionTable.Action;
import segue.storage.jdbc.ActionTable.Content;
import segue.storage.jdbc.ActionTable.Version;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/// An Action as it is sent, stored and shown (contract management-api §12; limits of actions §6).
/// The values of its secrets go in and never come out (THREATS R47.6).
final class ActionDocument {
    private static final int MOST_CODE_BYTES = 100 * 1024;
    private static final String RUNTIME = "node22";

    /// What a trigger may be called.
    static final Pattern TRIGGER = Pattern.compile("[a-z][a-z0-9-]{0,63}");

    static final Schema SCHEMA =
            new Schema()
                    .required("name", "supported_triggers")
                    .with(
                            "name",
                            Schema.text(
                                    Pattern.compile("(?=.*\\S)[^<>\\r\\n\\t]{1,255}"),
                                    "1 to 255 characters, none of them < or >"))
                    .with(
                            "supported_triggers",
                            Schema.unique(
                                    Schema.array(
                                            Schema.object(
                                                    new Schema()
                                                            .required("id", "version")
                                                            .with(
                                                                    "id",
                                                                    Schema.text(
                                                                            TRIGGER,
                                                                            "lower-case letters,"
                                                                                    + " digits,"
                                                                                    + " hyphens"))
                                                            .with(
                                                                    "version",
                                                                    Schema.text(
                                                                            Pattern.compile(
                                                                                    "v\\d{1,3}"),
                                                                            "v1, v2, …"))),
                                            1,
                                            10)))
                    .with("code", Schema.text(ActionDocument::codeProblems))
                    .with(
                            "dependencies",
                            Schema.array(
                                    Schema.object(
                                            new Schema()
                                                    .required("name", "version")
                                                    .with(
                                                            Schema.text(
                                                                    Pattern.compile(".{1,255}"),
                                                                    "1 to 255 characters"),
                                                            "name",
                                                            "version",
                                                            "registry_url")
                                                    .nullable("registry_url")),
                                    100))
                    // Contract actions §1: node18 is another name of it.
                    .with("runtime", Schema.oneOf(RUNTIME, "node18"))
                    .with(
                            "secrets",
                            Schema.array(
                                    Schema.object(
                                            new Schema()
                                                    .required("name")
                                                    .with(
                                                            "name",
                                                            Schema.text(
                                                                    Pattern.compile(
                                                                            "[A-Za-z0-9_-]{1,128}"),
                                                                    "1 to 128 letters, digits,"
                                                                            + " underscores,"
                                                                            + " hyphens"))
                                                    .with(
                                                            "value",
                                                            Schema.text(
                                                                    Pattern.compile(
                                                                            "(?s).{0,4096}"),
                                                                    "at most 4096 characters"))),
                                    30))
                    .with("deploy", Schema.flag());

    private ActionDocument() {}

    private static List<String> codeProblems(String code) {
        return code.getBytes(StandardCharsets.UTF_8).length <= MOST_CODE_BYTES
                ? List.of()
                : List.of("Code is longer than " + MOST_CODE_BYTES + " bytes");
    }

    /// A new action's content.
    static Result<Content> content(
            ActionId id, ObjectNode body, ActionSecrets secrets, Instant now) {
        var nothing =
                new Content(
                        "",
                        RUNTIME,
                        "{\"supported_triggers\":[],\"dependencies\":[],\"secrets\":[]}",
                        secrets.seal(id, Map.of()));
        return changed(id, nothing, body, secrets, now);
    }

    /// What a change makes of a content. A list of secrets replaces the one before; an entry
    /// without a value keeps the value that there is.
    ///
    /// @param body as the schema says
    static Result<Content> changed(
            ActionId id, Content before, ObjectNode body, ActionSecrets secrets, Instant now) {
        var document = Page.object(before.document());
        for (var name : List.of("supported_triggers", "dependencies"))
            if (body.has(name)) document.set(name, body.get(name));
        var code = body.path("code").asString(before.code());
        var runtime = body.path("runtime").asString(before.runtime());
        if (!body.has("secrets"))
            return new Result.Ok<>(
                    new Content(code, runtime, document.toString(), before.sealedSecrets()));
        var old = secrets.open(id, before.sealedSecrets());
        return secrets(body.path("secrets"), old)
                .then(
                        fresh -> {
                            var dates = dates(document);
                            var list = document.putArray("secrets");
                            for (var name : fresh.keySet())
                                list.addObject()
                                        .put("name", name)
                                        .put(
                                                "updated_at",
                                                isKept(name, old, fresh)
                                                        ? dates.getOrDefault(name, "")
                                                        : Documents.time(now));
                            var isSame =
                                    List.copyOf(old.keySet()).equals(List.copyOf(fresh.keySet()))
                                            && fresh.keySet().stream()
                                                    .allMatch(name -> isKept(name, old, fresh));
                            return new Result.Ok<>(
                                    new Content(
                                            code,
                                            runtime,
                                            document.toString(),
                                            // Sealed again they would look changed.
                                            isSame
                                                    ? before.sealedSecrets()
                                                    : secrets.seal(id, fresh)));
                        });
    }

    private static Result<SequencedMap<String, Secret>> secrets(
            JsonNode wanted, Map<String, Secret> old) {
        var secrets = new LinkedHashMap<String, Secret>();
        var problems = new ArrayList<String>();
        for (var entry : wanted) {
            var name = entry.path("name").asString();
            var value =
                    entry.has("value")
                            ? Optional.of(new Secret(entry.path("value").asString()))
                            : Optional.ofNullable(old.get(name));
            if (secrets.containsKey(name))
                Schema.problem("Duplicate secret: " + name, "secrets", problems);
            if (value.isEmpty())
                Schema.problem("Missing value of secret: " + name, "secrets", problems);
            value.ifPresent(it -> secrets.put(name, it));
        }
        return problems.isEmpty()
                ? new Result.Ok<>(secrets)
                : new Result.Failed<>(ManagementError.body(problems));
    }

    private static boolean isKept(String name, Map<String, Secret> old, Map<String, Secret> fresh) {
        return Optional.ofNullable(old.get(name))
                .flatMap(it -> Optional.ofNullable(fresh.get(name)).filter(it::sameAs))
                .isPresent();
    }

    private static Map<String, String> dates(ObjectNode document) {
        var dates = new HashMap<String, String>();
        for (var secret : document.path("secrets"))
            dates.put(secret.path("name").asString(), secret.path("updated_at").asString());
        return dates;
    }

    /// Whether an action may run at a trigger.
    static boolean supports(Action action, String trigger) {
        return Page.object(action.draft().document())
                .path("supported_triggers")
                .valueStream()
                .anyMatch(it -> it.path("id").asString().equals(trigger));
    }

    /// Whether deploying the draft would change nothing.
    static boolean isAllDeployed(Action action) {
        return action.deployed().filter(it -> it.content().isSameAs(action.draft())).isPresent();
    }

    /// As it is shown. It is built as soon as it is stored.
    static ObjectNode shown(Action action) {
        var shown = summary(action);
        put(shown, action.draft());
        action.deployed().ifPresent(version -> shown.set("deployed_version", shown(version)));
        return shown;
    }

    /// As it is shown beside what refers to it.
    static ObjectNode summary(Action action) {
        var shown =
                Page.JSON
                        .createObjectNode()
                        .put("id", action.id().value())
                        .put("name", action.name());
        shown.set(
                "supported_triggers",
                Page.object(action.draft().document()).get("supported_triggers"));
        return shown.put("status", "built")
                .put("all_changes_deployed", isAllDeployed(action))
                .put("created_at", Documents.time(action.createdAt()))
                .put("updated_at", Documents.time(action.updatedAt()));
    }

    /// A version as it is shown.
    static ObjectNode shown(Version version) {
        var at = Documents.time(version.createdAt());
        var shown =
                Page.JSON
                        .createObjectNode()
                        .put("id", version.id())
                        .put("action_id", version.action().value())
                        .put("number", version.number())
                        .put("deployed", version.isDeployed())
                        .put("status", "built")
                        .put("built_at", at)
                        .put("created_at", at)
                        .put("updated_at", at);
        put(shown, version.content());
        return shown;
    }

    private static void put(ObjectNode shown, Content content) {
        shown.put("code", content.code()).put("runtime", content.runtime());
        shown.setAll(Page.object(content.document()));
    }
}
