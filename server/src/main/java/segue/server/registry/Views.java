package segue.server.registry;

import com.nimbusds.jose.JWSAlgorithm;

import segue.domain.client.Client;
import segue.domain.client.ClientAuthentication;
import segue.domain.client.Delivery;
import segue.domain.client.OrganizationUsage;
import segue.domain.client.RefreshPolicy;
import segue.domain.client.TransferPolicy;
import segue.domain.device.UserCodeFormat;
import segue.domain.identifier.ClientId;
import segue.domain.logout.BackchannelLogout;
import segue.domain.logout.Initiator;
import segue.domain.network.DeviceBinding;
import segue.domain.resource.ResourceServer;
import segue.domain.resource.ResourceServer.AccessPolicy;
import segue.domain.resource.ResourceServer.TokenDialect;
import segue.domain.session.SessionLimits;
import segue.domain.tenant.TenantSettings;
import segue.server.oauth.ClientKey;
import segue.server.oauth.PublicKeyPem;
import segue.server.oauth.Registry;
import segue.server.oauth.WebOrigin;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Documents as records of the domain. What a document doesn't say has the contract's default.
public final class Views {
    private static final JsonMapper JSON = new JsonMapper();

    private Views() {}

    /// A client's document (contract management-api §2).
    public static Client client(String document) {
        var json = JSON.readTree(document);
        var type = json.path("app_type").asString("");
        var jwt = json.path("jwt_configuration");
        var isFapi = json.path("compliance_level").asString("").startsWith("fapi");
        return new Client(
                new ClientId(json.path("client_id").asString()),
                json.path("name").asString(),
                authentication(json),
                isFapi,
                type.equals("native"),
                json.path("is_first_party").asBoolean(true),
                new HashSet<>(texts(json.path("grant_types"))),
                texts(json.path("callbacks")),
                text(json, "initiate_login_uri"),
                texts(json.path("allowed_logout_urls")),
                origins(json),
                json.path("is_token_endpoint_ip_header_trusted").asBoolean(false),
                usage(json.path("organization_usage").asString("deny")),
                idTokenAlgorithm(jwt, isFapi),
                Duration.ofSeconds(jwt.path("lifetime_in_seconds").asLong(36000)),
                refresh(json.path("refresh_token")),
                refreshPolicies(json.path("refresh_token").path("policies")),
                transfer(json.path("session_transfer")),
                backchannelLogout(json),
                texts(json.path("token_exchange").path("allow_any_profile_of_type"))
                        .contains("custom_authentication"),
                json.path("require_pushed_authorization_requests").asBoolean(false),
                json.path("signed_request_object").path("required").asBoolean(false),
                json.path("require_proof_of_possession").asBoolean(false),
                text(json, "resource_server_identifier"));
    }

    /// One of `client_authentication_methods`, or else `token_endpoint_auth_method`.
    private static ClientAuthentication authentication(JsonNode json) {
        var methods = json.path("client_authentication_methods");
        if (methods.has("private_key_jwt")) return ClientAuthentication.PRIVATE_KEY_JWT;
        if (!methods.isEmpty()) return ClientAuthentication.MUTUAL_TLS;
        return switch (json.path("token_endpoint_auth_method").asString("")) {
            case "none" -> ClientAuthentication.NONE;
            case "client_secret_jwt" -> ClientAuthentication.CLIENT_SECRET_JWT;
            default -> ClientAuthentication.CLIENT_SECRET;
        };
    }

    /// The keys of a client for `private_key_jwt`: those of its credentials that it names there.
    public static List<ClientKey> clientKeys(String document) {
        var json = JSON.readTree(document);
        return keys(json, json.path("client_authentication_methods").path("private_key_jwt"));
    }

    /// The keys of a client for request objects: those that `signed_request_object` names.
    public static List<ClientKey> requestKeys(String document) {
        var json = JSON.readTree(document);
        return keys(json, json.path("signed_request_object"));
    }

    private static List<ClientKey> keys(JsonNode json, JsonNode use) {
        var named =
                use.path("credentials").valueStream().map(it -> it.path("id").asString()).toList();
        return json.path("credentials")
                .valueStream()
                .filter(it -> named.contains(it.path("id").asString()))
                .map(Views::clientKey)
                .toList();
    }

    private static ClientKey clientKey(JsonNode credential) {
        return new ClientKey(
                credential.path("kid").asString(),
                JWSAlgorithm.parse(credential.path("alg").asString()),
                PublicKeyPem.parse(credential.path("pem").asString()).orElseThrow().key(),
                text(credential, "expires_at").map(Instant::parse));
    }

    /// FAPI 2.0 Security Profile §5.4.1 has neither RS256 nor HS256.
    private static String idTokenAlgorithm(JsonNode jwt, boolean isFapi) {
        var chosen = jwt.path("alg").asString("RS256");
        return isFapi && !chosen.equals("ES256") ? "PS256" : chosen;
    }

    /// `oidc_logout`, or `oidc_backchannel_logout` as it is called too (contract management-api
    /// §2.2).
    public static BackchannelLogout backchannelLogout(JsonNode json) {
        var named = json.path("oidc_logout").isObject() ? "oidc_logout" : "oidc_backchannel_logout";
        var logout = json.path(named);
        var chosen = logout.path("backchannel_logout_initiators");
        var initiators =
                chosen.path("mode").asString("all").equals("custom")
                        ? texts(chosen.path("selected_initiators")).stream()
                                .flatMap(name -> Initiator.parse(name).stream())
                                .collect(Collectors.toSet())
                        : BackchannelLogout.ALL;
        return new BackchannelLogout(texts(logout.path("backchannel_logout_urls")), initiators);
    }

    private static Set<String> origins(JsonNode json) {
        return Stream.of("web_origins", "allowed_origins", "callbacks")
                .flatMap(member -> texts(json.path(member)).stream())
                .flatMap(url -> WebOrigin.of(url).stream())
                .map(WebOrigin::value)
                .collect(Collectors.toSet());
    }

    private static OrganizationUsage usage(String text) {
        return OrganizationUsage.valueOf(text.toUpperCase(Locale.ROOT));
    }

    /// `refresh_token` (contract authentication-api §4.5).
    private static RefreshPolicy refresh(JsonNode json) {
        // A non-expiring token has no lifetimes, whatever stands beside it.
        var expires = json.path("expiration_type").asString("non-expiring").equals("expiring");
        return new RefreshPolicy(
                json.path("rotation_type").asString("non-rotating").equals("rotating"),
                Duration.ofSeconds(json.path("leeway").asLong(0)),
                lifetime(expires, json, "token_lifetime", "infinite_token_lifetime", 2_592_000),
                lifetime(
                        expires,
                        json,
                        "idle_token_lifetime",
                        "infinite_idle_token_lifetime",
                        1_296_000));
    }

    private static Map<String, Set<String>> refreshPolicies(JsonNode json) {
        var scopes = new HashMap<String, Set<String>>();
        for (var policy : json)
            scopes.computeIfAbsent(policy.path("audience").asString(""), _ -> new HashSet<>())
                    .addAll(texts(policy.path("scope")));
        return scopes;
    }

    private static Optional<Duration> lifetime(
            boolean expires, JsonNode json, String name, String infinite, long defaultSeconds) {
        if (!expires || json.path(infinite).asBoolean(false)) return Optional.empty();
        return Optional.of(Duration.ofSeconds(json.path(name).asLong(defaultSeconds)));
    }

    /// `session_transfer` (contract native-to-web §2).
    public static TransferPolicy transfer(JsonNode json) {
        if (!json.isObject()) return TransferPolicy.OFF;
        var accepted = new HashSet<Delivery>();
        for (var method : texts(json.path("allowed_authentication_methods")))
            accepted.add(Delivery.valueOf(method.toUpperCase(Locale.ROOT)));
        return new TransferPolicy(
                json.path("can_create_session_transfer_token").asBoolean(false),
                json.path("enforce_cascade_revocation").asBoolean(true),
                accepted,
                DeviceBinding.valueOf(
                        json.path("enforce_device_binding")
                                .asString("ip")
                                .toUpperCase(Locale.ROOT)),
                json.path("allow_refresh_token").asBoolean(false),
                json.path("enforce_online_refresh_tokens").asBoolean(true),
                json.path("require_target").asBoolean(false),
                texts(json.path("allowed_targets")).stream()
                        .map(ClientId::new)
                        .collect(Collectors.toSet()),
                json.path("network_same_asn").asBoolean(false),
                json.path("explain_refusals").asBoolean(false));
    }

    /// An API's document (contract management-api §3).
    public static ResourceServer resourceServer(String document) {
        var json = JSON.readTree(document);
        var scopes = new HashSet<String>();
        var descriptions = new HashMap<String, String>();
        for (var scope : json.path("scopes")) {
            scopes.add(scope.path("value").asString());
            text(scope, "description")
                    .ifPresent(it -> descriptions.put(scope.path("value").asString(), it));
        }
        var policies = json.path("subject_type_authorization");
        return new ResourceServer(
                json.path("identifier").asString(),
                text(json, "name").orElseGet(() -> json.path("identifier").asString()),
                scopes,
                descriptions,
                json.path("signing_alg").asString("RS256"),
                Duration.ofSeconds(json.path("token_lifetime").asLong(86_400)),
                TokenDialect.valueOf(
                        json.path("token_dialect")
                                .asString("access_token")
                                .toUpperCase(Locale.ROOT)),
                json.path("allow_offline_access").asBoolean(false),
                json.path("enforce_policies").asBoolean(false),
                json.path("skip_consent_for_verifiable_first_party_clients").asBoolean(false)
                        || json.path("is_system").asBoolean(false),
                policy(policies.path("user").path("policy").asString("allow_all")),
                policy(policies.path("client").path("policy").asString("require_client_grant")));
    }

    private static AccessPolicy policy(String text) {
        return AccessPolicy.valueOf(text.toUpperCase(Locale.ROOT));
    }

    /// A client grant's document (contract management-api §4).
    ///
    /// @param defined all scopes of its API, for `allow_all_scopes`
    public static Registry.ClientGrant clientGrant(String document, Set<String> defined) {
        var json = JSON.readTree(document);
        return new Registry.ClientGrant(
                json.path("allow_all_scopes").asBoolean(false)
                        ? defined
                        : Set.copyOf(texts(json.path("scope"))),
                usage(json.path("organization_usage").asString("deny")),
                json.path("allow_any_organization").asBoolean(false));
    }

    /// The tenant's settings (contract management-api §13, native-to-web §14).
    ///
    /// @param actionsRevision stands beside the document
    public static TenantSettings tenant(String document, long actionsRevision) {
        var json = JSON.readTree(document);
        var isPersistent =
                !json.path("session_cookie")
                        .path("mode")
                        .asString("persistent")
                        .equals("non-persistent");
        var sessions =
                isPersistent
                        ? limits(json, "session_lifetime", 168, "idle_session_lifetime", 72, true)
                        : limits(
                                json,
                                "ephemeral_session_lifetime",
                                72,
                                "idle_ephemeral_session_lifetime",
                                24,
                                false);
        return new TenantSettings(
                sessions,
                new SessionLimits(
                        minutes(json, "transfer_session_lifetime_in_minutes")
                                .orElse(sessions.absolute()),
                        minutes(json, "transfer_idle_session_lifetime_in_minutes")
                                .orElse(sessions.idle()),
                        isPersistent),
                text(json, "default_audience"),
                text(json, "default_directory"),
                texts(json.path("allowed_logout_urls")),
                json.path("flags").path("revoke_refresh_token_grant").asBoolean(false),
                json.path("flags").path("rfc_strict").asBoolean(false),
                json.path("sessions").path("oidc_logout_prompt_enabled").asBoolean(true),
                json.path("oidc_logout")
                        .path("rp_logout_end_session_endpoint_discovery")
                        .asBoolean(true),
                json.path("pushed_authorization_requests_supported").asBoolean(false),
                json.path("allow_organization_name_in_authentication_api").asBoolean(false),
                json.path("resource_parameter_profile")
                        .asString("audience")
                        .equals("compatibility"),
                userCodes(json.path("device_flow")),
                json.path("confirm_unbound_transfer").asBoolean(false),
                actionsRevision);
    }

    /// What an older version stored without looking may be nothing that we can use.
    private static UserCodeFormat userCodes(JsonNode json) {
        var charset =
                json.path("charset").asString("").equals("digits")
                        ? UserCodeFormat.Charset.DIGITS
                        : UserCodeFormat.Charset.BASE20;
        return text(json, "mask")
                .filter(mask -> UserCodeFormat.problems(mask).isEmpty())
                .map(mask -> new UserCodeFormat(charset, mask))
                .orElseGet(() -> UserCodeFormat.of(charset));
    }

    /// Hours may be fractional.
    private static SessionLimits limits(
            JsonNode json,
            String absolute,
            int absoluteHours,
            String idle,
            int idleHours,
            boolean isPersistent) {
        return new SessionLimits(
                hours(json.path(absolute).asDouble(absoluteHours)),
                hours(json.path(idle).asDouble(idleHours)),
                isPersistent);
    }

    private static Duration hours(double hours) {
        return Duration.ofSeconds(Math.round(hours * 3600));
    }

    private static Optional<Duration> minutes(JsonNode json, String name) {
        return json.path(name).isNumber()
                ? Optional.of(Duration.ofSeconds(Math.round(json.path(name).asDouble() * 60)))
                : Optional.empty();
    }

    private static Optional<String> text(JsonNode json, String name) {
        return Optional.of(json.path(name).asString("")).filter(text -> !text.isEmpty());
    }

    private static List<String> texts(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }
}
