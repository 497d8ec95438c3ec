package segue.server.management;

import segue.domain.identifier.ActionId;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.secret.Secret;
import segue.server.http.Parameters;
import segue.server.password.PasswordLane;
import segue.storage.jdbc.ActionTable.Action;
import segue.storage.jdbc.ConfigurationTable.EnabledConnection;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.ConfigurationTable.Stored;
import segue.storage.jdbc.ProfileTable.Profile;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The tenant file: YAML in the shape of Auth0's Deploy CLI, resources known by name (contract
/// operator §4). Importing it twice changes nothing the second time. What isn't supported is named,
/// never dropped in silence.
public final class TenantFile {
    private static final YAMLMapper YAML =
            new YAMLMapper(
                    YAMLFactory.builder()
                            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                            .build());
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z][A-Z0-9_]*)}");
    private static final Set<String> SUPPORTED =
            Set.of(
                    "tenant",
                    "databases",
                    "connections",
                    "clients",
                    "resourceServers",
                    "clientGrants",
                    "users",
                    "organizations",
                    "actions",
                    "triggers",
                    "tokenExchangeProfiles");

    private final Tenancy tenancy;
    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private int changes;

    public TenantFile(Tenancy tenancy) {
        this.tenancy = tenancy;
    }

    /// What an import did.
    ///
    /// @param changes how many resources were created or changed
    /// @param warnings what is in the file and not supported
    /// @param problems what couldn't be imported, and why
    public record Report(int changes, List<String> warnings, List<String> problems) {
        public Report {
            warnings = List.copyOf(warnings);
            problems = List.copyOf(problems);
        }
    }

    /// Imports.
    ///
    /// @param environment for `${NAME}`
    /// @throws IOException if the file can't be read
    public Report read(Path file, Map<String, String> environment) throws IOException {
        var folder = new TenantFolder(file.toAbsolutePath().resolveSibling(""));
        return read(Files.readString(file), environment, folder);
    }

    /// Imports.
    ///
    /// @param folder where the code of Actions may be
    Report read(String text, Map<String, String> environment, TenantFolder folder) {
        JsonNode root;
        try {
            root = YAML.readTree(text);
        } catch (JacksonException e) {
            problems.add("the file is not well-formed YAML: " + e.getOriginalMessage());
            return report();
        }
        if (!(root instanceof ObjectNode written)) {
            problems.add("the file is not a YAML mapping");
            return report();
        }
        var file = withoutVariables(written, environment);
        if (!problems.isEmpty()) return report();
        file.propertyNames().stream()
                .filter(name -> !SUPPORTED.contains(name))
                .forEach(name -> warnings.add(name + " is not supported and was left out"));
        tenant(file.path("tenant"));
        each(file, "databases", "name", this::database);
        each(file, "connections", "name", this::connection);
        each(file, "resourceServers", "identifier", this::resourceServer);
        each(file, "clients", "name", this::client);
        each(file, "databases", "name", this::enabledClients);
        each(file, "connections", "name", this::enabledClients);
        each(file, "clientGrants", "audience", this::clientGrant);
        each(file, "users", "email", this::user);
        each(file, "organizations", "name", this::organization);
        each(file, "actions", "name", (what, item) -> action(what, item, folder));
        triggers(file.path("triggers"));
        each(file, "tokenExchangeProfiles", "name", this::profile);
        return report();
    }

    private Report report() {
        return new Report(changes, warnings, problems);
    }

    /// In the code of an Action `${NAME}` is JavaScript's, and stays.
    private ObjectNode withoutVariables(ObjectNode file, Map<String, String> environment) {
        var bare = file.deepCopy();
        for (var action : bare.path("actions"))
            if (action instanceof ObjectNode object) object.remove("code");
        var copy = (ObjectNode) substituted(bare, environment);
        for (var i = 0; i < copy.path("actions").size(); i++)
            if (copy.path("actions").path(i) instanceof ObjectNode action
                    && file.path("actions").path(i).has("code"))
                action.set("code", file.path("actions").path(i).path("code"));
        return copy;
    }

    /// `${NAME}` stands for a text inside a text: it is put in after the file was parsed, so that
    /// no value, whatever is in it, can end its line, begin a comment or become another key.
    private JsonNode substituted(JsonNode json, Map<String, String> environment) {
        if (json.isString()) return StringNode.valueOf(substituted(json.asString(), environment));
        if (json instanceof ObjectNode object) {
            var copy = Page.JSON.createObjectNode();
            object.properties()
                    .forEach(it -> copy.set(it.getKey(), substituted(it.getValue(), environment)));
            return copy;
        }
        if (!json.isArray()) return json;
        var copy = Page.JSON.createArrayNode();
        json.forEach(item -> copy.add(substituted(item, environment)));
        return copy;
    }

    private String substituted(String text, Map<String, String> environment) {
        return VARIABLE.matcher(text)
                .replaceAll(
                        match -> {
                            var value = Optional.ofNullable(environment.get(match.group(1)));
                            if (value.isEmpty())
                                problems.add("the variable " + match.group(1) + " is not set");
                            return Matcher.quoteReplacement(value.orElse(""));
                        });
    }

    private interface Import {
        void one(String name, ObjectNode item);
    }

    private void each(ObjectNode file, String section, String key, Import action) {
        var items = file.path(section);
        if (!items.isMissingNode() && !items.isNull() && !items.isArray())
            problems.add(section + ": expected a list");
        for (var item : items.isArray() ? items : Page.JSON.createArrayNode()) {
            var name = item.path(key).asString(item.path("username").asString(""));
            if (!(item instanceof ObjectNode object) || name.isEmpty())
                problems.add(section + ": an entry has no " + key);
            else if (!isText(item))
                problems.add(section + " " + name + ": control characters are not allowed");
            else action.one(section + " " + name, object.deepCopy());
        }
    }

    private static boolean isText(JsonNode json) {
        return json.isString()
                ? Parameters.isText(json.asString())
                : json.propertyNames().stream().allMatch(Parameters::isText)
                        && json.valueStream().allMatch(TenantFile::isText);
    }

    /// Takes out what we don't know, and says so: an export of somewhere else is imported as far as
    /// it can be (contract operator §4).
    private void leaveOut(String what, ObjectNode wanted, Schema schema) {
        for (var name : schema.strangers(wanted)) {
            wanted.remove(name);
            warnings.add(what + ": " + name + " is not supported and was left out");
        }
    }

    private <T> void done(String what, Result<T> result) {
        switch (result) {
            case Result.Ok<T> _ -> changes++;
            case Result.Failed<T>(var error) -> problems.add(what + ": " + error.message());
        }
    }

    /// Whether a change would say anything new: every property that the file names has that value
    /// already.
    private static boolean isNews(ObjectNode stored, ObjectNode wanted) {
        return wanted.properties().stream()
                .anyMatch(
                        it -> {
                            var there = stored.path(it.getKey());
                            if (it.getValue() instanceof ObjectNode inner
                                    && there instanceof ObjectNode object)
                                return isNews(object, inner);
                            var isNothing =
                                    it.getValue().isNull()
                                            || (it.getValue().isObject()
                                                    && it.getValue().isEmpty());
                            if (there.isMissingNode()) return !isNothing;
                            return !there.equals(it.getValue());
                        });
    }

    private void tenant(JsonNode section) {
        if (section.isMissingNode() || section.isNull()) return;
        if (!(section instanceof ObjectNode written) || !isText(section)) {
            problems.add("tenant: expected a mapping without control characters");
            return;
        }
        var wanted = written.deepCopy();
        // What the API tells and doesn't take.
        wanted.remove("sandbox_versions_available");
        leaveOut("tenant", wanted, Tenants.SCHEMA);
        if (isNews(Page.object(tenancy.configuration.tenant().document()), wanted))
            done("tenant", tenancy.tenants.patch(wanted, Tenancy.byOperator("tenant")));
    }

    private void database(String what, ObjectNode wanted) {
        if (!wanted.has("strategy")) wanted.put("strategy", "auth0");
        connection(what, wanted);
    }

    private void connection(String what, ObjectNode wanted) {
        if (!wanted.path("strategy").asString("").equals("auth0")) {
            warnings.add(what + ": the strategy is not supported and it was left out");
            return;
        }
        // The clients don't exist yet.
        wanted.remove(List.of("id", "enabled_clients"));
        leaveOut(what, wanted, Connections.SCHEMA);
        var stored =
                tenancy.configuration.findByKey(Kind.CONNECTION, wanted.path("name").asString());
        if (stored.isEmpty()) {
            done(what, tenancy.connections.create(wanted, Tenancy.byOperator("connections")));
            return;
        }
        wanted.remove(List.of("name", "strategy"));
        if (isNews(Page.object(stored.get().document()), wanted))
            done(
                    what,
                    tenancy.connections.patch(
                            stored.get(), wanted, Tenancy.byOperator("connections")));
    }

    /// Clients are named by name or by id; they exist by now.
    private void enabledClients(String what, ObjectNode wanted) {
        if (!wanted.has("enabled_clients")) return;
        var stored =
                tenancy.configuration.findByKey(Kind.CONNECTION, wanted.path("name").asString());
        if (stored.isEmpty()) return;
        var change = Page.JSON.createObjectNode();
        var ids = change.putArray("enabled_clients");
        for (var name : wanted.path("enabled_clients"))
            clientNamed(name.asString())
                    .ifPresentOrElse(
                            it -> ids.add(it.id()),
                            () -> problems.add(what + ": no client " + name.asString()));
        var now = tenancy.configuration.enabledClients(new ConnectionId(stored.get().id()));
        var isSame =
                now.size() == ids.size()
                        && now.stream()
                                .allMatch(
                                        id ->
                                                ids.valueStream()
                                                        .anyMatch(
                                                                it ->
                                                                        it.asString()
                                                                                .equals(
                                                                                        id
                                                                                                .value())));
        if (!isSame)
            done(
                    what,
                    tenancy.connections.patch(
                            stored.get(), change, Tenancy.byOperator("connections")));
    }

    private Optional<Stored> clientNamed(String nameOrId) {
        return tenancy.clients
                .byName(nameOrId)
                .or(() -> tenancy.configuration.find(Kind.CLIENT, nameOrId));
    }

    private void resourceServer(String what, ObjectNode wanted) {
        var stored = tenancy.resourceServers.find(wanted.path("identifier").asString());
        var call = Tenancy.byOperator("resource-servers");
        wanted.remove(List.of("id", "is_system"));
        leaveOut(what, wanted, ResourceServers.SCHEMA);
        if (stored.isEmpty()) {
            done(what, tenancy.resourceServers.create(wanted, call));
            return;
        }
        wanted.remove("identifier");
        if (isNews(Page.object(stored.get().document()), wanted))
            done(what, tenancy.resourceServers.patch(stored.get(), wanted, call));
    }

    private void client(String what, ObjectNode wanted) {
        var id = Optional.of(wanted.path("client_id").asString("")).filter(it -> !it.isEmpty());
        var secret =
                Optional.of(wanted.path("client_secret").asString("")).filter(it -> !it.isEmpty());
        wanted.remove(List.of("client_id", "client_secret", "tenant", "global", "signing_keys"));
        leaveOut(what, wanted, ClientDocument.SCHEMA);
        var call = Tenancy.byOperator("clients");
        var stored =
                id.flatMap(it -> tenancy.configuration.find(Kind.CLIENT, it))
                        .or(
                                () ->
                                        id.isPresent()
                                                ? Optional.empty()
                                                : tenancy.clients.byName(
                                                        wanted.path("name").asString()));
        if (stored.isEmpty()) {
            done(
                    what,
                    tenancy.clients.create(
                            wanted,
                            id.map(ClientId::new).orElseGet(tenancy.mint::client),
                            secret.map(Secret::new).orElseGet(tenancy.mint::clientSecret),
                            call));
            return;
        }
        var recognised = tenancy.clients.recognised(stored.get(), wanted);
        if (isNews(Page.object(stored.get().document()), recognised))
            done(what, tenancy.clients.patch(stored.get(), recognised, call));
        secret.map(Secret::new)
                .filter(it -> !tenancy.clients.hasSecret(stored.get(), it))
                .ifPresent(
                        it -> {
                            tenancy.clients.putSecret(stored.get(), it, call);
                            changes++;
                        });
    }

    private void clientGrant(String what, ObjectNode wanted) {
        var client = clientNamed(wanted.path("client_id").asString("?"));
        if (client.isEmpty()) {
            problems.add(what + ": no client " + wanted.path("client_id").asString(""));
            return;
        }
        wanted.put("client_id", client.get().id());
        wanted.remove("id");
        leaveOut(what, wanted, ClientGrants.SCHEMA);
        var call = Tenancy.byOperator("client-grants");
        var stored =
                tenancy.clientGrants.find(
                        new ClientId(client.get().id()),
                        wanted.path("audience").asString(),
                        wanted.path("subject_type").asString("client"));
        if (stored.isEmpty()) {
            done(what, tenancy.clientGrants.create(wanted, call));
            return;
        }
        wanted.remove(List.of("client_id", "audience", "subject_type"));
        if (isNews(Page.object(stored.get().document()), wanted))
            done(what, tenancy.clientGrants.patch(stored.get(), wanted, call));
    }

    /// A password is set when the user is created, and left alone afterwards: the file must not
    /// undo a change of theirs.
    private void user(String what, ObjectNode wanted) {
        var imported =
                Optional.of(wanted.path("password_hash").asString("")).filter(it -> !it.isEmpty());
        wanted.remove("password_hash");
        if (imported.filter(it -> !PasswordLane.isKnown(it)).isPresent()) {
            problems.add(
                    what
                            + ": password_hash is neither Argon2, bcrypt nor PBKDF2 that we can"
                            + " verify");
            return;
        }
        var call = Tenancy.byOperator("users");
        if (!wanted.has("connection"))
            wanted.put(
                    "connection",
                    Page.object(tenancy.configuration.tenant().document())
                            .path("default_directory")
                            .asString());
        leaveOut(what, wanted, UserApi.SCHEMA);
        var login = wanted.path("email").asString(wanted.path("username").asString(""));
        if (wanted.has("email")) wanted.put("email", login.toLowerCase(Locale.ROOT));
        var found =
                tenancy.configuration
                        .findByKey(Kind.CONNECTION, wanted.path("connection").asString(""))
                        .flatMap(it -> tenancy.people.byLogin(new ConnectionId(it.id()), login));
        if (found.isEmpty()) {
            done(what, tenancy.users.create(wanted, imported, call));
            return;
        }
        wanted.remove(
                List.of(
                        "connection",
                        "password",
                        "user_id",
                        "verify_email",
                        "verify_password",
                        "client_id"));
        if (isNews(Page.object(found.get().document()), wanted))
            done(what, tenancy.users.patch(found.get(), wanted, call));
    }

    private void organization(String what, ObjectNode wanted) {
        var members = wanted.path("members").valueStream().map(JsonNode::asString).toList();
        var connections = wanted.path("connections").deepCopy();
        wanted.remove(List.of("members", "connections", "id"));
        leaveOut(what, wanted, Organizations.SCHEMA);
        var call = Tenancy.byOperator("organizations");
        var name = wanted.path("name").asString();
        var stored = tenancy.configuration.findByKey(Kind.ORGANIZATION, name);
        if (stored.isEmpty()) done(what, tenancy.organizations.create(wanted, call));
        else if (isNews(Page.object(stored.get().document()), wanted))
            done(what, tenancy.organizations.patch(stored.get(), wanted, call));
        tenancy.configuration
                .findByKey(Kind.ORGANIZATION, name)
                .ifPresent(
                        it -> {
                            var id = new OrganizationId(it.id());
                            addMembers(what, id, members, call);
                            for (var connection : connections)
                                addConnection(what, id, connection, call);
                        });
    }

    /// Members are named by e-mail address or by id.
    private void addMembers(
            String what, OrganizationId organization, List<String> members, Call call) {
        var now = tenancy.configuration.members(organization);
        var change = Page.JSON.createObjectNode();
        var fresh = change.putArray("members");
        for (var member : members) {
            var ids =
                    member.contains("|")
                            ? List.of(new UserId(member))
                            : tenancy.people.byEmail(member.toLowerCase(Locale.ROOT)).stream()
                                    .map(row -> row.id())
                                    .toList();
            if (ids.isEmpty()) problems.add(what + ": no user " + member);
            ids.stream().filter(id -> !now.contains(id)).forEach(id -> fresh.add(id.value()));
        }
        if (!fresh.isEmpty())
            done(what, tenancy.organizations.addMembers(organization, change, call));
    }

    private void addConnection(
            String what, OrganizationId organization, JsonNode wanted, Call call) {
        var name = wanted.isString() ? wanted.asString() : wanted.path("name").asString("");
        var stored = tenancy.configuration.findByKey(Kind.CONNECTION, name);
        if (stored.isEmpty()) {
            problems.add(what + ": no connection " + name);
            return;
        }
        var item = wanted instanceof ObjectNode object ? object : Page.JSON.createObjectNode();
        item.remove("name");
        item.put("connection_id", stored.get().id());
        var isThere =
                tenancy.configuration.connections(organization).stream()
                        .anyMatch(
                                it ->
                                        it.connection().value().equals(stored.get().id())
                                                && !isNews(document(it), item));
        if (!isThere) done(what, tenancy.organizations.enable(organization, item, call));
    }

    private static ObjectNode document(EnabledConnection enabled) {
        var document = Page.JSON.createObjectNode();
        document.put("connection_id", enabled.connection().value())
                .put("assign_membership_on_login", enabled.assignsMembership());
        return document.setAll(Page.object(enabled.document()));
    }

    /// An action is known by its name. It is deployed again only if something has changed:
    /// importing a file twice makes one version.
    private void action(String what, ObjectNode wanted, TenantFolder folder) {
        var deploys = wanted.path("deployed").asBoolean(false);
        if (wanted.has("deployed") && !wanted.path("deployed").isBoolean()) {
            problems.add(what + ": deployed is neither true nor false");
            return;
        }
        // What the API tells and doesn't take.
        wanted.remove(List.of("deployed", "id", "status", "created_at", "updated_at"));
        leaveOut(what, wanted, ActionDocument.SCHEMA);
        if (!readCode(what, wanted, folder)) return;
        var call = Tenancy.byOperator("actions");
        var stored = tenancy.actions.findByName(wanted.path("name").asString());
        if (stored.isEmpty()) {
            done(what, tenancy.actionApi.create(wanted.put("deploy", deploys), call));
            return;
        }
        if (tenancy.actionApi.isNews(stored.get(), wanted))
            done(what, tenancy.actionApi.patch(stored.get(), wanted, deploys, call));
        else if (deploys && !ActionDocument.isAllDeployed(stored.get()))
            done(what, tenancy.actionApi.deploy(stored.get().id(), call));
    }

    /// The code may stand in a file of its own.
    private boolean readCode(String what, ObjectNode wanted, TenantFolder folder) {
        var code = wanted.path("code").asString("");
        if (!TenantFolder.isFile(code)) return true;
        return switch (folder.read(code)) {
            case TenantFolder.Read.Text(var text) -> {
                wanted.put("code", text);
                yield true;
            }
            case TenantFolder.Read.Refused(var why) -> {
                problems.add(what + ": " + Schema.shortened(code) + " " + why);
                yield false;
            }
        };
    }

    private void triggers(JsonNode section) {
        if (section.isMissingNode() || section.isNull()) return;
        if (!section.isObject() || !isText(section)) {
            problems.add("triggers: expected a mapping without control characters");
            return;
        }
        for (var trigger : section.properties())
            if (trigger.getValue().isArray()) trigger(trigger.getKey(), trigger.getValue());
            else problems.add("triggers " + trigger.getKey() + ": expected a list");
    }

    private void trigger(String id, JsonNode items) {
        var change = Page.JSON.createObjectNode();
        var bindings = change.putArray("bindings");
        for (var item : items) {
            var name = item.path("action_name");
            var binding = bindings.addObject();
            binding.putObject("ref").put("type", "action_name").set("value", name);
            binding.set("display_name", item.has("display_name") ? item.get("display_name") : name);
        }
        if (!bindings.equals(bindings(id)))
            done(
                    "triggers " + id,
                    tenancy.triggers.bind(id, change, Tenancy.byOperator("triggers")));
    }

    /// What is bound to a trigger, in the words of a change.
    private ArrayNode bindings(String trigger) {
        var bindings = Page.JSON.createArrayNode();
        for (var binding : tenancy.actions.bindings(trigger)) {
            var item = bindings.addObject();
            item.putObject("ref")
                    .put("type", "action_name")
                    .put("value", actionName(binding.action()));
            item.put("display_name", binding.displayName());
        }
        return bindings;
    }

    private String actionName(ActionId action) {
        return tenancy.actions.find(action).map(Action::name).orElse("");
    }

    /// A profile is known by its name, and its action by its own.
    private void profile(String what, ObjectNode wanted) {
        var name = wanted.path("action").asString("");
        var action = tenancy.actions.findByName(name);
        if (action.isEmpty()) {
            problems.add(what + ": no action " + name);
            return;
        }
        wanted.remove(List.of("action", "id", "created_at", "updated_at"));
        wanted.put("action_id", action.get().id().value());
        if (!wanted.has("type")) wanted.put("type", "custom_authentication");
        leaveOut(what, wanted, TokenExchangeProfiles.SCHEMA);
        var call = Tenancy.byOperator("token-exchange-profiles");
        var stored =
                tenancy.actions.profiles().stream()
                        .filter(it -> it.name().equals(wanted.path("name").asString()))
                        .findFirst();
        if (stored.isEmpty()) {
            done(what, tenancy.profiles.create(wanted, call));
            return;
        }
        if (!stored.get().action().equals(action.get().id()))
            problems.add(what + ": a profile keeps its action; delete it first");
        else if (!wanted.path("subject_token_type")
                .asString("")
                .equals(stored.get().subjectTokenType()))
            done(
                    what,
                    tenancy.profiles.patch(
                            stored.get(), wanted.remove(List.of("action_id", "type")), call));
    }

    /// Exports what an import understands, in an order of its own, so that the same tenant makes
    /// the same file. Passwords and secrets stay here, and so do users: they are not configuration.
    public String write() {
        var file = Page.JSON.createObjectNode();
        file.set("tenant", Page.object(tenancy.configuration.tenant().document()));
        var databases = new ArrayList<ObjectNode>();
        for (var stored : tenancy.configuration.all(Kind.CONNECTION)) {
            var item = Page.object(stored.document());
            item.remove("id");
            var enabled = item.putArray("enabled_clients");
            tenancy.configuration
                    .enabledClients(new ConnectionId(stored.id()))
                    .forEach(client -> enabled.add(client.value()));
            databases.add(item);
        }
        put(file, "databases", databases, "name");
        var clients = documents(Kind.CLIENT, "tenant", "global");
        clients.forEach(ClientCredentials::write);
        put(file, "clients", clients, "name", "client_id");
        put(file, "resourceServers", documents(Kind.RESOURCE_SERVER, "id"), "identifier");
        put(
                file,
                "clientGrants",
                documents(Kind.CLIENT_GRANT, "id"),
                "client_id",
                "audience",
                "subject_type");
        var organizations = new ArrayList<ObjectNode>();
        for (var stored : tenancy.configuration.all(Kind.ORGANIZATION)) {
            var item = Page.object(stored.document());
            item.remove("id");
            var id = new OrganizationId(stored.id());
            var members = item.putArray("members");
            tenancy.configuration.members(id).forEach(member -> members.add(member.value()));
            put(item, "connections", connections(id), "name");
            organizations.add(item);
        }
        put(file, "organizations", organizations, "name");
        put(
                file,
                "actions",
                tenancy.actions.all().stream().map(TenantFile::written).toList(),
                "name");
        var triggers = file.putObject("triggers");
        for (var binding : tenancy.actions.bindings())
            triggers.withArray(binding.trigger())
                    .addObject()
                    .put("action_name", actionName(binding.action()))
                    .put("display_name", binding.displayName());
        put(
                file,
                "tokenExchangeProfiles",
                tenancy.actions.profiles().stream().map(this::written).toList(),
                "name",
                "subject_token_type");
        return YAML.writeValueAsString(file);
    }

    /// The draft. It counts as deployed if nothing of it waits to be, so that an import doesn't let
    /// run what nobody has deployed.
    private static ObjectNode written(Action action) {
        var item =
                Page.JSON
                        .createObjectNode()
                        .put("name", action.name())
                        .put("code", action.draft().code())
                        .put("runtime", action.draft().runtime())
                        .put("deployed", ActionDocument.isAllDeployed(action));
        item.setAll(Page.object(action.draft().document()));
        for (var secret : item.path("secrets")) ((ObjectNode) secret).remove("updated_at");
        return item;
    }

    private ObjectNode written(Profile profile) {
        return Page.JSON
                .createObjectNode()
                .put("name", profile.name())
                .put("subject_token_type", profile.subjectTokenType())
                .put("action", actionName(profile.action()))
                .put("type", profile.type());
    }

    private List<ObjectNode> connections(OrganizationId organization) {
        var items = new ArrayList<ObjectNode>();
        for (var enabled : tenancy.configuration.connections(organization))
            tenancy.configuration
                    .find(Kind.CONNECTION, enabled.connection().value())
                    .map(it -> Page.object(it.document()).path("name").asString())
                    .ifPresent(
                            name -> {
                                var item = Page.JSON.createObjectNode().put("name", name);
                                item.setAll(document(enabled));
                                item.remove("connection_id");
                                items.add(item);
                            });
        return items;
    }

    private List<ObjectNode> documents(Kind kind, String... without) {
        var documents = new ArrayList<ObjectNode>();
        for (var stored : tenancy.configuration.all(kind)) {
            var item = Page.object(stored.document());
            if (item.path("is_system").asBoolean(false)) continue;
            List.of(without).forEach(item::remove);
            documents.add(item);
        }
        return documents;
    }

    private static void put(
            ObjectNode file, String section, List<ObjectNode> items, String... keys) {
        var array = file.putArray(section);
        items.stream()
                .sorted(
                        Comparator.comparing(
                                item ->
                                        Stream.of(keys)
                                                .map(key -> item.path(key).asString(""))
                                                .collect(Collectors.joining("\n"))))
                .forEach(array::add);
    }
}
