package segue.server.management;

import segue.domain.secret.Secret;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.jwt.Jwts;
import segue.server.keys.MasterKey;
import segue.server.oauth.Domains;
import segue.server.registry.StoredRegistry;
import segue.server.secret.Mint;
import segue.storage.Configuration;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.ConfigurationTable.Stored;
import segue.storage.jdbc.Tx;

import tools.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// APIs (contract management-api §3).
public final class ResourceServers {
    static final Schema SCHEMA =
            new Schema()
                    .required("identifier")
                    .with(
                            "name",
                            Schema.text(Pattern.compile("[^<>]{1,200}"), "a name without < and >"))
                    .with(
                            "identifier",
                            Schema.text(
                                    Pattern.compile("\\S{1,600}"), "an identifier without spaces"))
                    .with(
                            "scopes",
                            Schema.array(
                                    Schema.object(
                                            new Schema()
                                                    .required("value")
                                                    .with(
                                                            "value",
                                                            Schema.text(
                                                                    Pattern.compile(
                                                                            "[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,280}"),
                                                                    "a scope value (RFC 6749"
                                                                            + " section 3.3)"))
                                                    .with("description", Schema.text())),
                                    1_000))
                    .with("signing_alg", Schema.oneOf(Jwts.ALGORITHMS))
                    .with(
                            "signing_secret",
                            Schema.text(Pattern.compile(".{32,}"), "at least 32 characters"))
                    .with(
                            Schema.flag(),
                            "allow_offline_access",
                            "skip_consent_for_verifiable_first_party_clients",
                            "enforce_policies",
                            "allow_online_access",
                            "allow_online_access_with_ephemeral_sessions")
                    .with(Schema.whole(0, 2_592_000), "token_lifetime", "token_lifetime_for_web")
                    .with(
                            "token_dialect",
                            Schema.oneOf(
                                    "access_token",
                                    "access_token_authz",
                                    "rfc9068_profile",
                                    "rfc9068_profile_authz"))
                    .with(
                            "subject_type_authorization",
                            Schema.object(
                                    new Schema()
                                            .with(
                                                    "user",
                                                    Schema.object(
                                                            new Schema()
                                                                    .with(
                                                                            "policy",
                                                                            Schema.oneOf(
                                                                                    "allow_all",
                                                                                    "require_client_grant",
                                                                                    "deny_all"))))
                                            .with(
                                                    "client",
                                                    Schema.object(
                                                            new Schema()
                                                                    .with(
                                                                            "policy",
                                                                            Schema.oneOf(
                                                                                    "require_client_grant",
                                                                                    "deny_all"))))))
                    .with(
                            Schema.anything(),
                            "token_encryption",
                            "consent_policy",
                            "authorization_details",
                            "proof_of_possession",
                            "client_id")
                    .nullable(
                            "token_encryption",
                            "consent_policy",
                            "authorization_details",
                            "proof_of_possession");

    private static final ManagementError UNKNOWN =
            ManagementError.notFound(
                    "The resource server does not exist", "inexistent_resource_server");

    private final Configuration configuration;
    private final MasterKey master;
    private final Mint mint;
    private final Domains domains;

    public ResourceServers(
            Configuration configuration, MasterKey master, Mint mint, Domains domains) {
        this.configuration = configuration;
        this.master = master;
        this.mint = mint;
        this.domains = domains;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of(Method.GET, "/resource-servers", "read:resource_servers", this::list),
                Operation.of(
                        Method.POST, "/resource-servers", "create:resource_servers", this::create),
                Operation.of(
                        Method.GET, "/resource-servers/{id}", "read:resource_servers", this::get),
                Operation.of(
                        Method.PATCH,
                        "/resource-servers/{id}",
                        "update:resource_servers",
                        this::patch),
                Operation.of(
                        Method.DELETE,
                        "/resource-servers/{id}",
                        "delete:resource_servers",
                        this::delete));
    }

    private Result<Response> list(Call call) {
        return Page.of(call)
                .then(
                        page -> {
                            var wanted =
                                    call.request().query().all("identifiers").stream()
                                            .flatMap(text -> List.of(text.split(",", -1)).stream())
                                            .toList();
                            var shown =
                                    configuration.all(Kind.RESOURCE_SERVER).stream()
                                            .map(stored -> Page.object(stored.document()))
                                            .filter(
                                                    api ->
                                                            wanted.isEmpty()
                                                                    || wanted.contains(
                                                                            api.path("identifier")
                                                                                    .asString()))
                                            .toList();
                            return page.render(shown, "resource_servers", "id", call);
                        });
    }

    /// By id or by identifier.
    Optional<Stored> find(String idOrIdentifier) {
        return configuration
                .find(Kind.RESOURCE_SERVER, idOrIdentifier)
                .or(() -> configuration.findByKey(Kind.RESOURCE_SERVER, idOrIdentifier));
    }

    private Result<Stored> find(Call call) {
        return known(call.request().pathParameter("id"));
    }

    private Result<Stored> known(String idOrIdentifier) {
        return find(idOrIdentifier)
                .<Result<Stored>>map(Result.Ok::new)
                .orElseGet(() -> new Result.Failed<>(UNKNOWN));
    }

    private Result<Response> get(Call call) {
        return find(call)
                .then(stored -> new Result.Ok<>(Page.json(200, Page.object(stored.document()))));
    }

    private Result<Response> create(Call call) {
        return call.object()
                .then(body -> create(body, call))
                .then(document -> new Result.Ok<>(Page.json(201, document)));
    }

    /// Creates an API.
    Result<ObjectNode> create(ObjectNode body, Call call) {
        var problems = SCHEMA.problems(body);
        var identifier = body.path("identifier").asString("");
        // THREATS R12.3: nobody registers what a session transfer token is asked for by, nor
        // another
        // name of our own APIs.
        if (Domains.looksLikeTransfer(identifier)
                || domains.isUserinfo(identifier)
                || domains.canonicalAudience(identifier).equals(domains.managementAudience()))
            problems.add("'Reserved identifier' on property identifier");
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var document = Page.JSON.createObjectNode();
        document.put("id", mint.hexadecimal());
        document.put("name", body.path("name").asString(identifier)).put("identifier", identifier);
        document.put("is_system", false)
                .put("allow_offline_access", false)
                .put("skip_consent_for_verifiable_first_party_clients", false);
        var authorization = document.putObject("subject_type_authorization");
        authorization.putObject("client").put("policy", "require_client_grant");
        authorization.putObject("user").put("policy", "allow_all");
        document.put("token_lifetime", 86_400)
                .put("token_lifetime_for_web", 7_200)
                .put("signing_alg", "RS256");
        document.putArray("scopes");
        var secret = secret(body, Optional.empty());
        merge(document, body);
        var id = document.path("id").asString();
        var isNew =
                configuration.change(
                        call.event("Create a resource server"),
                        tx ->
                                tx.configuration()
                                        .insertResourceServer(
                                                id,
                                                identifier,
                                                document.toString(),
                                                sealed(id, secret)));
        return isNew
                ? new Result.Ok<>(telling(document, secret))
                : new Result.Failed<>(
                        ManagementError.conflict(
                                "A resource server with the same identifier already exists.",
                                "conflict"));
    }

    /// The secret that a change brings: the one it names, or a fresh one where HS256 needs one and
    /// there is none yet.
    private Optional<Secret> secret(ObjectNode body, Optional<byte[]> stored) {
        if (body.has("signing_secret"))
            return Optional.of(new Secret(body.path("signing_secret").asString()));
        return stored.isEmpty() && body.path("signing_alg").asString("").equals("HS256")
                ? Optional.of(mint.clientSecret())
                : Optional.empty();
    }

    /// A signing secret is told once, when it is set, as a client's secret is (THREATS R47.6).
    private static ObjectNode telling(ObjectNode document, Optional<Secret> secret) {
        var shown = document.deepCopy();
        secret.ifPresent(it -> shown.put("signing_secret", it.reveal()));
        return shown;
    }

    private Optional<byte[]> sealed(String id, Optional<Secret> secret) {
        return secret.map(
                it ->
                        master.seal(
                                it.reveal().getBytes(StandardCharsets.UTF_8),
                                StoredRegistry.apiPurpose(id)));
    }

    /// The signing secret is sealed beside the document.
    private static void merge(ObjectNode document, ObjectNode body) {
        for (var property : body.properties()) {
            if (property.getKey().equals("signing_secret")) continue;
            if (property.getValue().isNull()) document.remove(property.getKey());
            else if (property.getKey().equals("subject_type_authorization"))
                property.getValue()
                        .properties()
                        .forEach(
                                it ->
                                        ((ObjectNode) document.get("subject_type_authorization"))
                                                .set(it.getKey(), it.getValue()));
            else document.set(property.getKey(), property.getValue());
        }
    }

    private Result<Response> patch(Call call) {
        return find(call)
                .then(stored -> call.object().then(body -> patch(stored, body, call)))
                .then(document -> new Result.Ok<>(Page.json(200, document)));
    }

    /// Changes an API.
    Result<ObjectNode> patch(Stored stored, ObjectNode body, Call call) {
        var problems = SCHEMA.changes(body, "identifier");
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var document = Page.object(stored.document());
        if (document.path("is_system").asBoolean(false))
            return new Result.Failed<>(ManagementError.refused("A system API can't be changed."));
        var secret = secret(body, stored.sealedSecret());
        merge(document, body);
        var changed =
                configuration.change(
                        call.event("Update a resource server"),
                        tx -> replace(tx, stored, document, sealed(stored.id(), secret)));
        // Somebody was faster: the change is made of what they left.
        return changed
                ? new Result.Ok<>(telling(document, secret))
                : known(stored.id()).then(fresh -> patch(fresh, body, call));
    }

    private static boolean replace(
            Tx tx, Stored stored, ObjectNode document, Optional<byte[]> sealed) {
        var table = tx.configuration();
        if (!table.replace(
                Kind.RESOURCE_SERVER, stored.id(), stored.document(), document.toString()))
            return false;
        sealed.ifPresent(it -> table.putSigningSecret(stored.id(), it));
        return true;
    }

    private Result<Response> delete(Call call) {
        var stored = find(call.request().pathParameter("id"));
        if (stored.isEmpty()) return new Result.Ok<>(Response.of(204));
        var document = Page.object(stored.get().document());
        if (document.path("is_system").asBoolean(false))
            return new Result.Failed<>(ManagementError.refused("A system API can't be deleted."));
        configuration.change(
                call.event("Delete a resource server"),
                tx -> {
                    tx.configuration().deleteGrantsFor(document.path("identifier").asString());
                    return tx.configuration().delete(Kind.RESOURCE_SERVER, stored.get().id());
                });
        return new Result.Ok<>(Response.of(204));
    }
}
