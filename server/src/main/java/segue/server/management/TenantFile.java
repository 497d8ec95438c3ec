package segue.server.management;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.secret.Secret;
import segue.server.http.Parameters;
import segue.server.password.PasswordLane;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.ConfigurationTable.Stored;
import segue.storage.jdbc.Query;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The tenant file: YAML in the shape of Auth0's Deploy CLI, resources known by name (contract
/// operator §4). Importing it twice changes nothing the second time. What isn't supported is named,
/// never dropped in silence.
public final class TenantFile {
    private static final YAMLMapper YAML = new YAMLMapper();
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
                    "organizations");

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
    public Report read(String text, Map<String, String> environment) {
        var substituted = substitute(text, environment);
        if (!problems.isEmpty()) return report();
        JsonNode root;
        try {
            root = YAML.readTree(substituted);
        } catch (JacksonException e) {
            problems.add("the file is not well-formed YAML: " + e.getOriginalMessage());
            return report();
        }
        if (!(root instanceof ObjectNode file)) {
            problems.add("the file is not a YAML mapping");
            return report();
        }
        file.propertyNames().stream()
                .filter(name -> !SUPPORTED.contains(name))
                .forEach(name -> warnings.add(name + " is not supported and was left out"));
        if (file.get("tenant") instanceof ObjectNode tenant) tenant(tenant);
        each(file, "databases", "name", this::database);
        each(file, "connections", "name", this::connection);
        each(file, "resourceServers", "identifier", this::resourceServer);
        each(file, "clients", "name", this::client);
        each(file, "databases", "name", this::enabledClients);
        each(file, "clientGrants", "audience", this::clientGrant);
        each(file, "users", "email", this::user);
        each(file, "organizations", "name", this::organization);
        return report();
    }

    private Report report() {
        return new Report(changes, warnings, problems);
    }

    private String substitute(String text, Map<String, String> environment) {
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
        for (var item : file.path(section)) {
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
                : json.valueStream().allMatch(TenantFile::isText);
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
                            return !there.equals(it.getValue());
                        });
    }

    private void tenant(ObjectNode wanted) {
        if (isNews(Page.object(tenancy.configuration.tenant()), wanted))
            done("tenant", tenancy.tenants.patch(wanted, Tenancy.byOperator("tenant")));
    }

    private void database(String what, ObjectNode wanted) {
        wanted.remove("enabled_clients");
        if (!wanted.has("strategy")) wanted.put("strategy", "auth0");
        connection(what, wanted);
    }

    private void connection(String what, ObjectNode wanted) {
        if (!wanted.path("strategy").asString("").equals("auth0")) {
            warnings.add(what + ": the strategy is not supported and it was left out");
            return;
        }
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
        if (isNews(Page.object(stored.get().document()), wanted))
            done(what, tenancy.clients.patch(stored.get(), wanted, call));
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
        var call = Tenancy.byOperator("client-grants");
        var stored =
                tenancy.clientGrants.find(
                        new ClientId(client.get().id()), wanted.path("audience").asString());
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
                    Page.object(tenancy.configuration.tenant())
                            .path("default_directory")
                            .asString());
        var login = wanted.has("email") ? "email" : "username";
        var found =
                tenancy.people
                        .search(
                                new Query.And(
                                        new Query.Term(
                                                login,
                                                wanted.path(login)
                                                        .asString()
                                                        .toLowerCase(Locale.ROOT),
                                                false),
                                        new Query.Term(
                                                "connection",
                                                wanted.path("connection").asString(),
                                                false)),
                                0,
                                1)
                        .orElseThrow()
                        .rows();
        if (found.isEmpty()) {
            done(what, tenancy.users.create(wanted, imported, call));
            return;
        }
        wanted.remove(List.of("connection", "password", "user_id", "verify_email"));
        if (isNews(Page.object(found.getFirst().document()), wanted))
            done(what, tenancy.users.patch(found.getFirst(), wanted, call));
    }

    private void organization(String what, ObjectNode wanted) {
        var members = wanted.path("members").valueStream().map(JsonNode::asString).toList();
        var connections = wanted.path("connections").deepCopy();
        wanted.remove(List.of("members", "connections", "id"));
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
                            : tenancy.people.byEmail(member).stream().map(row -> row.id()).toList();
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
        var isThere =
                tenancy.configuration.connections(organization).stream()
                        .anyMatch(it -> it.connection().value().equals(stored.get().id()));
        if (isThere) return;
        var item = wanted instanceof ObjectNode object ? object : Page.JSON.createObjectNode();
        item.remove("name");
        item.put("connection_id", stored.get().id());
        done(what, tenancy.organizations.enable(organization, item, call));
    }

    /// Exports everything that an import understands, but no password and no secret.
    public String write() {
        var file = Page.JSON.createObjectNode();
        file.set("tenant", Page.object(tenancy.configuration.tenant()));
        var databases = file.putArray("databases");
        for (var stored : tenancy.configuration.all(Kind.CONNECTION)) {
            var item = Page.object(stored.document());
            item.remove("id");
            var enabled = item.putArray("enabled_clients");
            tenancy.configuration
                    .enabledClients(new ConnectionId(stored.id()))
                    .forEach(client -> enabled.add(client.value()));
            databases.add(item);
        }
        list(file, "clients", Kind.CLIENT, Set.of("tenant", "global"));
        list(file, "resourceServers", Kind.RESOURCE_SERVER, Set.of("id"));
        list(file, "clientGrants", Kind.CLIENT_GRANT, Set.of("id"));
        var organizations = file.putArray("organizations");
        for (var stored : tenancy.configuration.all(Kind.ORGANIZATION)) {
            var item = Page.object(stored.document());
            item.remove("id");
            var members = item.putArray("members");
            var id = new OrganizationId(stored.id());
            tenancy.configuration.members(id).forEach(member -> members.add(member.value()));
            var connections = item.putArray("connections");
            tenancy.configuration
                    .connections(id)
                    .forEach(
                            it ->
                                    tenancy.configuration
                                            .find(Kind.CONNECTION, it.connection().value())
                                            .ifPresent(
                                                    connection ->
                                                            connections
                                                                    .addObject()
                                                                    .put(
                                                                            "name",
                                                                            Page.object(
                                                                                            connection
                                                                                                    .document())
                                                                                    .path("name")
                                                                                    .asString())
                                                                    .put(
                                                                            "assign_membership_on_login",
                                                                            it
                                                                                    .assignsMembership())));
            organizations.add(item);
        }
        return YAML.writeValueAsString(file);
    }

    private void list(ObjectNode file, String section, Kind kind, Set<String> without) {
        var array = file.putArray(section);
        for (var stored : tenancy.configuration.all(kind)) {
            var item = Page.object(stored.document());
            if (item.path("is_system").asBoolean(false)) continue;
            without.forEach(item::remove);
            array.add(item);
        }
    }
}
