package segue.server.management;

import segue.domain.identifier.ClientId;
import segue.domain.logout.Initiator;
import segue.server.jwt.Jwts;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The document of a client: what may stand in it, what is filled in, how a change merges (contract
/// management-api §2, native-to-web §2.1).
final class ClientDocument {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int MANY = 1_000;
    private static final int MANY_TARGETS = 100;

    private static final Schema TRANSFER =
            new Schema()
                    .with("can_create_session_transfer_token", Schema.flag())
                    .with(
                            "allowed_authentication_methods",
                            Schema.unique(Schema.array(Schema.oneOf("cookie", "query"), 2)))
                    .with("enforce_device_binding", Schema.oneOf("ip", "asn", "none", "network"))
                    .with("allow_refresh_token", Schema.flag())
                    .with("enforce_online_refresh_tokens", Schema.flag())
                    .with("enforce_cascade_revocation", Schema.flag())
                    .with("require_target", Schema.flag())
                    .with(
                            "allowed_targets",
                            Schema.unique(Schema.array(Schema.text(), MANY_TARGETS)))
                    .with("network_same_asn", Schema.flag())
                    .with("explain_refusals", Schema.flag())
                    .nullable("delegation", "allowed_authentication_methods")
                    .with(
                            "delegation",
                            Schema.object(
                                    new Schema()
                                            .with("allow_delegated_access", Schema.flag())
                                            .with(
                                                    "enforce_device_binding",
                                                    Schema.oneOf("ip", "asn"))));

    private static final Schema REFRESH =
            new Schema()
                    .required("rotation_type", "expiration_type")
                    .with("rotation_type", Schema.oneOf("rotating", "non-rotating"))
                    .with("expiration_type", Schema.oneOf("expiring", "non-expiring"))
                    .with("leeway", Schema.whole(0, 31_557_600))
                    .with("token_lifetime", Schema.whole(1, 31_557_600))
                    .with("infinite_token_lifetime", Schema.flag())
                    .with("idle_token_lifetime", Schema.whole(1, 31_557_600))
                    .with("infinite_idle_token_lifetime", Schema.flag())
                    .with(
                            "policies",
                            Schema.array(
                                    Schema.object(
                                            new Schema()
                                                    .required("audience", "scope")
                                                    .with("audience", Schema.text())
                                                    .with(
                                                            "scope",
                                                            Schema.array(Schema.text(), MANY))),
                                    100));

    /// Contract authentication-api §6.3.
    private static final Schema LOGOUT =
            new Schema()
                    .with(
                            "backchannel_logout_urls",
                            Schema.array(Schema.text(ClientDocument::serverProblems), 10))
                    .with(
                            "backchannel_logout_initiators",
                            Schema.object(
                                    new Schema()
                                            .required("mode")
                                            .with("mode", Schema.oneOf("all", "custom"))
                                            .with(
                                                    "selected_initiators",
                                                    Schema.unique(
                                                            Schema.array(
                                                                    Schema.oneOf(
                                                                            Stream.of(
                                                                                            Initiator
                                                                                                    .values())
                                                                                    .map(
                                                                                            Initiator
                                                                                                    ::wire)
                                                                                    .toArray(
                                                                                            String[]
                                                                                                    ::new)),
                                                                    20)))))
                    .with(Schema.anything(), "backchannel_logout_session_metadata");

    static final Schema SCHEMA =
            new Schema()
                    .required("name")
                    // Long enough for HS256 (RFC 7518 section 3.2).
                    .with(
                            "client_secret",
                            Schema.text(
                                    Pattern.compile("[\\x21-\\x7e]{32,512}"),
                                    "32 to 512 printable characters"))
                    .with(
                            "name",
                            Schema.text(Pattern.compile("[^<>]{1,255}"), "a name without < and >"))
                    .with(
                            "description",
                            Schema.text(Pattern.compile("(?s).{0,140}"), "at most 140 characters"))
                    .with("logo_uri", Schema.text())
                    .with(
                            "app_type",
                            Schema.oneOf(
                                    "native",
                                    "spa",
                                    "regular_web",
                                    "non_interactive",
                                    "resource_server",
                                    "express_configuration",
                                    "sso_integration",
                                    "rms",
                                    "box",
                                    "cloudbees",
                                    "concur",
                                    "dropbox",
                                    "mscrm",
                                    "echosign",
                                    "egnyte",
                                    "newrelic",
                                    "office365",
                                    "salesforce",
                                    "sentry",
                                    "sharepoint",
                                    "slack",
                                    "springcm",
                                    "zendesk",
                                    "zoom",
                                    "oag"))
                    .with(
                            "callbacks",
                            Schema.array(Schema.text(ClientDocument::callbackProblems), MANY))
                    .with(
                            "allowed_logout_urls",
                            Schema.array(Schema.text(ClientDocument::uriProblems), MANY))
                    .with(
                            Schema.array(Schema.text(), MANY),
                            "web_origins",
                            "allowed_origins",
                            "client_aliases",
                            "allowed_clients")
                    .with("initiate_login_uri", Schema.text(ClientDocument::initiateProblems))
                    .with("resource_server_identifier", Schema.text())
                    .with("grant_types", Schema.array(Schema.text(), 50))
                    .with(
                            "token_endpoint_auth_method",
                            Schema.oneOf(
                                    "none",
                                    "client_secret_post",
                                    "client_secret_basic",
                                    "client_secret_jwt"))
                    .with("client_authentication_methods", Schema.object(ClientCredentials.METHODS))
                    .with("signed_request_object", Schema.object(ClientCredentials.REQUESTS))
                    .with(
                            "compliance_level",
                            Schema.oneOf(
                                    "none",
                                    "fapi1_adv_pkj_par",
                                    "fapi1_adv_mtls_par",
                                    "fapi2_sp_pkj_mtls",
                                    "fapi2_sp_mtls_mtls"))
                    .with(
                            Schema.flag(),
                            "is_token_endpoint_ip_header_trusted",
                            "is_first_party",
                            "oidc_conformant",
                            "sso",
                            "sso_disabled",
                            "cross_origin_authentication",
                            "custom_login_page_on",
                            "require_pushed_authorization_requests",
                            "require_proof_of_possession")
                    .with(Schema.object(LOGOUT), "oidc_logout", "oidc_backchannel_logout")
                    .with("session_transfer", Schema.object(TRANSFER))
                    .with("refresh_token", Schema.object(REFRESH))
                    .with(
                            "jwt_configuration",
                            Schema.object(
                                    new Schema()
                                            .with("alg", Schema.oneOf(Jwts.ALGORITHMS))
                                            .with("lifetime_in_seconds", Schema.whole(1, 2_592_000))
                                            .with("secret_encoded", Schema.flag())
                                            .with("scopes", Schema.anyObject())))
                    .with("organization_usage", Schema.oneOf("deny", "allow", "require"))
                    .with(
                            "organization_require_behavior",
                            Schema.oneOf("no_prompt", "pre_login_prompt", "post_login_prompt"))
                    .with("client_metadata", ClientDocument::checkMetadata)
                    .with(
                            Schema.anything(),
                            "default_organization",
                            "organization_discovery_methods",
                            "token_exchange",
                            "mobile",
                            "addons",
                            "encryption_key",
                            "native_social_login",
                            "par_request_expiry",
                            "skip_non_verifiable_callback_uri_confirmation_prompt",
                            "token_quota",
                            "redirection_policy",
                            "third_party_security_mode",
                            "custom_login_page",
                            "custom_login_page_preview",
                            "form_template",
                            "async_approval_notification_channels",
                            "cross_origin_auth",
                            "cross_origin_loc",
                            "express_configuration",
                            "my_organization_configuration")
                    .nullable(
                            "session_transfer",
                            "refresh_token",
                            "token_endpoint_auth_method",
                            "client_metadata",
                            "jwt_configuration",
                            "initiate_login_uri",
                            "organization_usage",
                            "organization_require_behavior",
                            "default_organization",
                            "oidc_logout",
                            "token_exchange",
                            "encryption_key",
                            "native_social_login",
                            "client_authentication_methods",
                            "signed_request_object",
                            "compliance_level",
                            "token_quota",
                            "par_request_expiry",
                            "mobile",
                            "addons");

    private static final Set<String> SCHEMES_NEVER =
            Set.of("javascript", "data", "vbscript", "file", "about", "blob");

    private static final Pattern THIS_MACHINE =
            Pattern.compile("(?:localhost|127\\.0\\.0\\.1|\\[::1])(?::\\d{1,5})?");

    private ClientDocument() {}

    /// A new client with everything filled in that the contract fills in.
    static Result<ObjectNode> create(ObjectNode body, ClientId id, String tenant) {
        var problems = SCHEMA.problems(body);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var type = body.path("app_type").asString("");
        var isPublic = type.equals("native") || type.equals("spa");
        var document = JSON.createObjectNode();
        document.put("tenant", tenant).put("global", false);
        document.set("name", body.get("name"));
        document.put("client_id", id.value());
        document.put("is_first_party", true)
                .put("is_token_endpoint_ip_header_trusted", false)
                .put("oidc_conformant", false)
                .put("sso_disabled", false)
                .put("cross_origin_authentication", false)
                .put("custom_login_page_on", true)
                .put("token_endpoint_auth_method", isPublic ? "none" : "client_secret_post");
        var grants =
                document.putArray("grant_types")
                        .add("authorization_code")
                        .add("implicit")
                        .add("refresh_token");
        if (!isPublic) grants.add("client_credentials");
        document.set("jwt_configuration", jwtDefaults());
        document.set("refresh_token", refreshDefaults());
        return merge(document, body);
    }

    private static ObjectNode jwtDefaults() {
        return JSON.createObjectNode()
                .put("secret_encoded", false)
                .put("lifetime_in_seconds", 36000);
    }

    /// A change: scalars and arrays are replaced, four objects merge field by field, `null` takes
    /// an object away.
    static Result<ObjectNode> patch(ObjectNode stored, ObjectNode body) {
        var problems = SCHEMA.changes(body);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        return merge(stored.deepCopy(), body);
    }

    private static Result<ObjectNode> merge(ObjectNode document, ObjectNode body) {
        for (var property : body.properties()) {
            var name = property.getKey();
            var value = property.getValue();
            switch (name) {
                case "session_transfer" -> mergeTransfer(document, value);
                case "refresh_token" -> mergeRefresh(document, value);
                case "client_metadata" -> mergeMetadata(document, value);
                case "jwt_configuration" -> mergeJwt(document, value);
                case "client_secret" -> {} // It is sealed beside the document.
                default -> {
                    if (value.isNull()) document.remove(name);
                    else document.set(name, value);
                }
            }
        }
        if (body.path("client_authentication_methods").isObject())
            document.remove("token_endpoint_auth_method");
        var excluded = ClientCredentials.problem(document, body);
        if (excluded.isPresent()) return new Result.Failed<>(excluded.get());
        var refresh = document.path("refresh_token");
        if (refresh.path("rotation_type").asString("").equals("rotating")
                && !refresh.path("expiration_type").asString("").equals("expiring"))
            return new Result.Failed<>(
                    ManagementError.body("Rotating refresh tokens must be expiring"));
        if (document.path("client_metadata").size() > 10)
            return new Result.Failed<>(
                    ManagementError.body("client_metadata has more than 10 entries"));
        return new Result.Ok<>(document);
    }

    /// auth0-deploy-cli exports it, and imports it without `secret_encoded`, which it takes for
    /// read-only.
    private static void mergeJwt(ObjectNode document, JsonNode change) {
        if (change instanceof ObjectNode fields) {
            var merged = jwtDefaults();
            if (document.get("jwt_configuration") instanceof ObjectNode stored)
                merged.setAll(stored);
            document.set("jwt_configuration", merged.setAll(fields));
        } else document.remove("jwt_configuration");
    }

    private static void mergeTransfer(ObjectNode document, JsonNode change) {
        if (change.isNull()) {
            document.remove("session_transfer");
            return;
        }
        var merged = transferDefaults();
        if (document.get("session_transfer") instanceof ObjectNode stored) merged.setAll(stored);
        for (var field : change.properties()) {
            if (!field.getKey().equals("delegation")) merged.set(field.getKey(), field.getValue());
            else if (field.getValue().isNull()) merged.remove("delegation");
            else
                merged.set(
                        "delegation",
                        mergedDelegation(merged.path("delegation"), field.getValue()));
        }
        document.set("session_transfer", merged);
    }

    private static ObjectNode mergedDelegation(JsonNode stored, JsonNode change) {
        var merged =
                JSON.createObjectNode()
                        .put("allow_delegated_access", false)
                        .put("enforce_device_binding", "ip");
        stored.properties().forEach(it -> merged.set(it.getKey(), it.getValue()));
        change.properties().forEach(it -> merged.set(it.getKey(), it.getValue()));
        return merged;
    }

    private static ObjectNode transferDefaults() {
        var defaults = JSON.createObjectNode();
        defaults.put("can_create_session_transfer_token", false);
        defaults.putArray("allowed_authentication_methods");
        return defaults.put("enforce_device_binding", "ip")
                .put("allow_refresh_token", false)
                .put("enforce_online_refresh_tokens", true)
                .put("enforce_cascade_revocation", true);
    }

    private static ObjectNode refreshDefaults() {
        return JSON.createObjectNode()
                .put("rotation_type", "non-rotating")
                .put("expiration_type", "non-expiring")
                .put("leeway", 0)
                .put("token_lifetime", 2_592_000)
                .put("infinite_token_lifetime", true)
                .put("infinite_idle_token_lifetime", true)
                .put("idle_token_lifetime", 1_296_000);
    }

    private static void mergeRefresh(ObjectNode document, JsonNode change) {
        if (change.isNull()) {
            document.set("refresh_token", refreshDefaults());
            return;
        }
        var merged =
                document.get("refresh_token") instanceof ObjectNode stored
                        ? stored
                        : refreshDefaults();
        var becomesExpiring =
                change.path("expiration_type").asString("").equals("expiring")
                        && !merged.path("expiration_type").asString("").equals("expiring");
        if (becomesExpiring)
            merged.put("infinite_token_lifetime", false).put("infinite_idle_token_lifetime", false);
        change.properties().forEach(field -> merged.set(field.getKey(), field.getValue()));
        document.set("refresh_token", merged);
    }

    private static void mergeMetadata(ObjectNode document, JsonNode change) {
        if (change.isNull()) {
            document.remove("client_metadata");
            return;
        }
        var merged =
                document.get("client_metadata") instanceof ObjectNode stored
                        ? stored
                        : JSON.createObjectNode();
        for (var field : change.properties()) {
            if (field.getValue().isNull()) merged.remove(field.getKey());
            else merged.set(field.getKey(), field.getValue());
        }
        document.set("client_metadata", merged);
    }

    private static void checkMetadata(JsonNode value, String path, List<String> problems) {
        Schema.anyObject().check(value, path, problems);
        for (var entry : value.properties()) {
            var text = entry.getValue();
            var isFine = text.isNull() || (text.isString() && text.asString().length() <= 255);
            if (!isFine || entry.getKey().length() > 255)
                Schema.problem(
                        "Keys and values must be strings of at most 255 characters",
                        path,
                        problems);
        }
    }

    /// THREATS R16.2: absolute, https or a private-use scheme, http for this machine only, nothing
    /// hidden in it.
    private static List<String> callbackProblems(String text) {
        var problems = uriProblems(text);
        if (!problems.isEmpty()) return problems;
        var uri = URI.create(text);
        var echo = Schema.shortened(text);
        if (uri.getRawFragment() != null) return List.of("A callback has no fragment: " + echo);
        var scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        var isWeb = scheme.equals("https") || scheme.equals("http");
        var authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
        if (isWeb && authority.isEmpty()) return List.of("A callback has a host: " + echo);
        if (authority.contains("@")) return List.of("A callback has no user information: " + echo);
        if (isWeb && authority.contains("*")) return List.of("A callback has no wildcard: " + echo);
        if (scheme.equals("http") && !THIS_MACHINE.matcher(authority).matches())
            return List.of("http is for this machine only: " + echo);
        return isWeb || scheme.contains(".")
                ? List.of()
                : List.of("A private-use scheme has a dot in it: " + echo);
    }

    /// A sign-in starts here: empty, https, or this machine for those who develop on it.
    private static List<String> initiateProblems(String text) {
        return text.isEmpty() ? List.of() : serverProblems(text);
    }

    /// Https, or this machine.
    private static List<String> serverProblems(String text) {
        var problems = uriProblems(text);
        if (!problems.isEmpty()) return problems;
        var uri = URI.create(text);
        var isHere =
                "http".equalsIgnoreCase(uri.getScheme())
                        && uri.getRawAuthority() != null
                        && THIS_MACHINE.matcher(uri.getRawAuthority()).matches();
        var isSecure = "https".equalsIgnoreCase(uri.getScheme()) && uri.getHost() != null;
        return (isHere || isSecure) && uri.getRawFragment() == null
                ? List.of()
                : List.of("Not an https URL: " + Schema.shortened(text));
    }

    private static List<String> uriProblems(String text) {
        if (!text.matches("[\\x21-\\x7e]{1,2048}"))
            return List.of("Not a URI: it has unusual characters");
        try {
            var uri = URI.create(text);
            if (!uri.isAbsolute()) return List.of("Not an absolute URI: " + Schema.shortened(text));
            return SCHEMES_NEVER.contains(uri.getScheme().toLowerCase(Locale.ROOT))
                    ? List.of("A scheme that is never allowed: " + Schema.shortened(text))
                    : List.of();
        } catch (IllegalArgumentException e) {
            return List.of("Not a URI: " + Schema.shortened(text));
        }
    }
}
