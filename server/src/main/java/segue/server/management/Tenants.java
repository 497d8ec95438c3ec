package segue.server.management;

import segue.domain.device.UserCodeFormat;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.storage.Configuration;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Map;

/// Tenant settings (contract management-api §13, native-to-web §14).
public final class Tenants {
    /// A lifetime in hours, and the same in minutes.
    private static final Map<String, String> IN_MINUTES =
            Map.of(
                    "session_lifetime", "session_lifetime_in_minutes",
                    "idle_session_lifetime", "idle_session_lifetime_in_minutes",
                    "ephemeral_session_lifetime", "ephemeral_session_lifetime_in_minutes",
                    "idle_ephemeral_session_lifetime",
                            "idle_ephemeral_session_lifetime_in_minutes");

    /// 365 days.
    private static final double MOST_HOURS = 8_760;

    static final Schema SCHEMA =
            new Schema()
                    .with(
                            Schema.number(1.0 / 60, MOST_HOURS),
                            IN_MINUTES.keySet().toArray(String[]::new))
                    .with(
                            Schema.number(1, MOST_HOURS * 60),
                            IN_MINUTES.values().toArray(String[]::new))
                    .with(
                            Schema.number(1, MOST_HOURS * 60),
                            "transfer_session_lifetime_in_minutes",
                            "transfer_idle_session_lifetime_in_minutes")
                    .with(
                            "session_cookie",
                            Schema.object(
                                    new Schema()
                                            .with(
                                                    "mode",
                                                    Schema.oneOf("persistent", "non-persistent"))))
                    .with(
                            "sessions",
                            Schema.object(
                                    new Schema()
                                            .with("oidc_logout_prompt_enabled", Schema.flag())
                                            .nullable("oidc_logout_prompt_enabled")))
                    .with(
                            "oidc_logout",
                            Schema.object(
                                    new Schema()
                                            .with(
                                                    "rp_logout_end_session_endpoint_discovery",
                                                    Schema.flag())
                                            .nullable("rp_logout_end_session_endpoint_discovery")))
                    .with(
                            Schema.text(),
                            "default_audience",
                            "default_directory",
                            "default_redirection_uri",
                            "friendly_name",
                            "support_email",
                            "support_url",
                            "picture_url",
                            "sandbox_version")
                    .with("allowed_logout_urls", Schema.array(Schema.text(), 100))
                    .with("enabled_locales", Schema.array(Schema.text(), 100))
                    .with(
                            Schema.flag(),
                            "allow_organization_name_in_authentication_api",
                            "pushed_authorization_requests_supported",
                            "authorization_response_iss_parameter_supported",
                            "customize_mfa_in_postlogin_action",
                            "confirm_unbound_transfer")
                    .with("resource_parameter_profile", Schema.oneOf("audience", "compatibility"))
                    .with("flags", Tenants::checkFlags)
                    .with(
                            Schema.anything(),
                            "acr_values_supported",
                            "mtls",
                            "change_password",
                            "error_page",
                            "guardian_mfa_page",
                            "default_token_quota")
                    .with(
                            "device_flow",
                            Schema.object(
                                    new Schema()
                                            .with("charset", Schema.oneOf("base20", "digits"))
                                            .with("mask", Schema.text(UserCodeFormat::problems))))
                    .nullable(
                            "session_cookie",
                            "sessions",
                            "mtls",
                            "change_password",
                            "error_page",
                            "device_flow",
                            "guardian_mfa_page",
                            "default_token_quota",
                            "acr_values_supported",
                            "oidc_logout",
                            "confirm_unbound_transfer",
                            "transfer_session_lifetime_in_minutes",
                            "transfer_idle_session_lifetime_in_minutes");

    private static void checkFlags(JsonNode value, String path, List<String> problems) {
        Schema.anyObject().check(value, path, problems);
        value.properties()
                .forEach(
                        it ->
                                Schema.flag()
                                        .check(it.getValue(), path + "." + it.getKey(), problems));
    }

    private final Configuration configuration;

    public Tenants(Configuration configuration) {
        this.configuration = configuration;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of(Method.GET, "/tenants/settings", "read:tenant_settings", this::get),
                Operation.of(
                        Method.PATCH, "/tenants/settings", "update:tenant_settings", this::patch));
    }

    /// What a new tenant has.
    static ObjectNode defaults(String databaseConnection) {
        var document = Page.JSON.createObjectNode();
        document.put("session_lifetime", 168)
                .put("idle_session_lifetime", 72)
                .put("ephemeral_session_lifetime", 72)
                .put("idle_ephemeral_session_lifetime", 24);
        document.putObject("sessions").put("oidc_logout_prompt_enabled", true);
        document.putObject("oidc_logout").put("rp_logout_end_session_endpoint_discovery", true);
        document.put("default_audience", "")
                .put("default_directory", databaseConnection)
                .put("default_redirection_uri", "");
        document.putArray("allowed_logout_urls");
        document.put("allow_organization_name_in_authentication_api", false)
                .put("pushed_authorization_requests_supported", false)
                .put("authorization_response_iss_parameter_supported", false)
                .put("resource_parameter_profile", "audience")
                .put("sandbox_version", "22");
        document.putObject("flags")
                .put("revoke_refresh_token_grant", false)
                .put("remove_alg_from_jwks", false);
        return document;
    }

    private static ObjectNode shown(ObjectNode document) {
        document.putArray("sandbox_versions_available").add("22");
        return document;
    }

    private Result<Response> get(Call call) {
        var shown = shown(Page.object(configuration.tenant().document()));
        return new Result.Ok<>(Page.json(200, Page.fields(shown, call)));
    }

    private Result<Response> patch(Call call) {
        return call.object()
                .then(body -> patch(body, call))
                .then(document -> new Result.Ok<>(Page.json(200, shown(document))));
    }

    /// Changes the settings; flags merge, everything else is replaced.
    Result<ObjectNode> patch(ObjectNode body, Call call) {
        var problems = SCHEMA.problems(body);
        IN_MINUTES.forEach(
                (hours, minutes) -> {
                    if (body.has(hours) && body.has(minutes))
                        problems.add("'Give one of " + hours + " and " + minutes + ", not both'");
                });
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var seen = configuration.tenant().document();
        var document = Page.object(seen);
        for (var property : body.properties())
            merge(document, property.getKey(), property.getValue());
        checkOrder(document, "idle_session_lifetime", "session_lifetime", problems);
        checkOrder(
                document,
                "idle_ephemeral_session_lifetime",
                "ephemeral_session_lifetime",
                problems);
        checkOrder(
                document,
                "transfer_idle_session_lifetime_in_minutes",
                "transfer_session_lifetime_in_minutes",
                problems);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var changed =
                configuration.change(
                        call.event("Update tenant settings"),
                        tx -> tx.configuration().replaceTenant(seen, document.toString()));
        // Somebody was faster: the change is made of what they left.
        return changed ? new Result.Ok<>(document) : patch(body, call);
    }

    private static void checkOrder(
            ObjectNode document, String idle, String absolute, List<String> problems) {
        if (!document.has(idle) || !document.has(absolute)) return;
        if (document.path(idle).asDouble() > document.path(absolute).asDouble())
            Schema.problem("Value is greater than " + absolute, idle, problems);
    }

    private static void merge(ObjectNode document, String name, JsonNode value) {
        var hours =
                IN_MINUTES.entrySet().stream()
                        .filter(it -> it.getValue().equals(name))
                        .map(Map.Entry::getKey)
                        .findFirst();
        if (hours.isPresent()) putHours(document, hours.get(), value.asDouble() / 60);
        else if (IN_MINUTES.containsKey(name)) putHours(document, name, value.asDouble());
        else if (value.isNull()) reset(document, name);
        else if (name.equals("flags") && document.get("flags") instanceof ObjectNode flags)
            flags.setAll((ObjectNode) value);
        else if (value instanceof ObjectNode object && defaults("").has(name))
            document.set(name, ((ObjectNode) defaults("").get(name)).setAll(withoutNulls(object)));
        else document.set(name, value);
    }

    /// A whole number is written as one, so that what was sent comes back.
    private static void putHours(ObjectNode document, String name, double hours) {
        if (hours == Math.rint(hours)) document.put(name, (long) hours);
        else document.put(name, hours);
    }

    private static void reset(ObjectNode document, String name) {
        var usual = defaults("").get(name);
        if (usual == null) document.remove(name);
        else document.set(name, usual);
    }

    private static ObjectNode withoutNulls(ObjectNode object) {
        var copy = object.deepCopy();
        copy.propertyNames().stream()
                .filter(name -> copy.path(name).isNull())
                .toList()
                .forEach(copy::remove);
        return copy;
    }
}
