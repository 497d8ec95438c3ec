package segue.server.discovery;

import segue.domain.tenant.TenantSettings;
import segue.server.device.DeviceRequest;
import segue.server.dpop.DpopProofs;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.jwt.Jwts;
import segue.server.keys.SigningKeys;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.Registry;
import segue.storage.jdbc.StorageUnavailable;

import tools.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;

/// Says what we can do, and nothing that we can't.
public final class DiscoveryEndpoint {
    private static final JsonMapper JSON = new JsonMapper();

    private final Domains domains;
    private final Registry registry;
    private final SigningKeys keys;
    private volatile TenantSettings lastSettings;

    public DiscoveryEndpoint(Domains domains, Registry registry, SigningKeys keys) {
        this.domains = domains;
        this.registry = registry;
        this.keys = keys;
        this.lastSettings = registry.tenant();
    }

    /// `/.well-known/openid-configuration` and its alias.
    public Response metadata(Request request) {
        var issuer = domains.issuer(request.host());
        var metadata = new LinkedHashMap<String, Object>();
        metadata.put("issuer", issuer);
        metadata.put("authorization_endpoint", issuer + "authorize");
        metadata.put("token_endpoint", issuer + "oauth/token");
        metadata.put("device_authorization_endpoint", issuer + "oauth/device/code");
        metadata.put("userinfo_endpoint", issuer + "userinfo");
        metadata.put("jwks_uri", issuer + ".well-known/jwks.json");
        metadata.put("revocation_endpoint", issuer + "oauth/revoke");
        metadata.put("introspection_endpoint", issuer + "oauth/introspect");
        var tenant = settings();
        if (tenant.advertisesPushedRequests())
            metadata.put("pushed_authorization_request_endpoint", issuer + "oauth/par");
        if (tenant.advertisesEndSession())
            metadata.put("end_session_endpoint", issuer + "oidc/logout");
        metadata.put(
                "scopes_supported",
                List.of(
                        "openid",
                        "profile",
                        "offline_access",
                        "name",
                        "given_name",
                        "family_name",
                        "nickname",
                        "email",
                        "email_verified",
                        "picture",
                        "created_at",
                        "phone",
                        "address"));
        metadata.put("response_types_supported", List.of("code", "id_token"));
        metadata.put(
                "response_modes_supported",
                List.of("query", "fragment", "form_post", "web_message"));
        metadata.put(
                "grant_types_supported",
                List.of(
                        "authorization_code",
                        // RFC 7591 §2.1: what a client registers for response_type=id_token.
                        "implicit",
                        "refresh_token",
                        "client_credentials",
                        "password",
                        "http://auth0.com/oauth/grant-type/password-realm",
                        DeviceRequest.GRANT,
                        "urn:ietf:params:oauth:grant-type:token-exchange"));
        metadata.put("code_challenge_methods_supported", List.of("S256"));
        metadata.put("subject_types_supported", List.of("public"));
        metadata.put("id_token_signing_alg_values_supported", Jwts.ALGORITHMS);
        var withPublic = Stream.concat(Callers.METHODS.stream(), Stream.of("none")).toList();
        metadata.put("token_endpoint_auth_methods_supported", withPublic);
        metadata.put("token_endpoint_auth_signing_alg_values_supported", Callers.ALGORITHMS);
        metadata.put("revocation_endpoint_auth_methods_supported", withPublic);
        metadata.put("revocation_endpoint_auth_signing_alg_values_supported", Callers.ALGORITHMS);
        metadata.put("introspection_endpoint_auth_methods_supported", Callers.METHODS);
        metadata.put(
                "introspection_endpoint_auth_signing_alg_values_supported", Callers.ALGORITHMS);
        metadata.put("dpop_signing_alg_values_supported", DpopProofs.ALGORITHMS);
        metadata.put(
                "prompt_values_supported", List.of("none", "login", "consent", "select_account"));
        metadata.put("claims_parameter_supported", true);
        metadata.put("request_parameter_supported", true);
        metadata.put("request_object_signing_alg_values_supported", Callers.KEY_ALGORITHMS);
        metadata.put("request_uri_parameter_supported", false);
        metadata.put("authorization_response_iss_parameter_supported", true);
        metadata.put("backchannel_logout_supported", true);
        metadata.put("backchannel_logout_session_supported", true);
        metadata.put(
                "claims_supported",
                List.of(
                        "aud",
                        "auth_time",
                        "created_at",
                        "email",
                        "email_verified",
                        "exp",
                        "family_name",
                        "given_name",
                        "iat",
                        "iss",
                        "name",
                        "nickname",
                        "phone_number",
                        "phone_number_verified",
                        "picture",
                        "sid",
                        "sub",
                        "updated_at"));
        return cacheable(JSON.writeValueAsString(metadata));
    }

    /// As it was last, while the database can't answer: whoever only verifies tokens mustn't notice
    /// (promise P5).
    private TenantSettings settings() {
        try {
            lastSettings = registry.tenant();
            return lastSettings;
        } catch (StorageUnavailable e) {
            return lastSettings;
        }
    }

    /// `/.well-known/jwks.json`.
    public Response jwks(Request request) {
        return cacheable(keys.jwks());
    }

    private static Response cacheable(String json) {
        return Response.json(200, json)
                .withHeader("Cache-Control", "public, max-age=15")
                .withHeader("Access-Control-Allow-Origin", "*");
    }
}
