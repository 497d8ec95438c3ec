package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The discovery document beside the contract's (authentication-api §2.1), member by member: "list
/// only what is implemented".
class DiscoveryStory extends CodeFlowScene {
    private static final JsonMapper JSON = new JsonMapper();

    /// As the contract has it.
    private static final String CONTRACT =
            """
            {
             "issuer":"https://id.example.org/",
             "authorization_endpoint":"https://id.example.org/authorize",
             "token_endpoint":"https://id.example.org/oauth/token",
             "device_authorization_endpoint":"https://id.example.org/oauth/device/code",
             "userinfo_endpoint":"https://id.example.org/userinfo",
             "mfa_challenge_endpoint":"https://id.example.org/mfa/challenge",
             "jwks_uri":"https://id.example.org/.well-known/jwks.json",
             "registration_endpoint":"https://id.example.org/oidc/register",
             "revocation_endpoint":"https://id.example.org/oauth/revoke",
             "introspection_endpoint":"https://id.example.org/oauth/introspect",
             "pushed_authorization_request_endpoint":"https://id.example.org/oauth/par",
             "end_session_endpoint":"https://id.example.org/oidc/logout",
             "scopes_supported":["openid","profile","offline_access","name","given_name","family_name","nickname","email",
               "email_verified","picture","created_at","identities","phone","address"],
             "response_types_supported":["code","token","id_token","code token","code id_token","token id_token","code token id_token"],
             "code_challenge_methods_supported":["S256"],
             "response_modes_supported":["query","fragment","form_post"],
             "subject_types_supported":["public"],
             "id_token_signing_alg_values_supported":["RS256","HS256","PS256"],
             "token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post","private_key_jwt","none"],
             "token_endpoint_auth_signing_alg_values_supported":["RS256","RS384","PS256"],
             "claims_supported":["aud","auth_time","created_at","email","email_verified","exp","family_name","given_name","iat",
               "identities","iss","name","nickname","phone_number","picture","sub"],
             "request_uri_parameter_supported":false, "request_parameter_supported":false,
             "backchannel_logout_supported":true, "backchannel_logout_session_supported":true,
             "dpop_signing_alg_values_supported":["ES256"]
            }
            """;

    DiscoveryStory() {
        super(Map.of());
    }

    private JsonNode contract() {
        return JSON.readTree(
                CONTRACT.replace("https://id.example.org/", world().issuer().toString()));
    }

    private JsonNode document() {
        var answer =
                world().wire(HERE)
                        .get(world().issuer().resolve(".well-known/openid-configuration"));
        assertThat(answer.status()).isEqualTo(200);
        return answer.json();
    }

    /// What one document says and another doesn't: a member, or a value of one.
    private static Set<String> without(JsonNode said, JsonNode elsewhere) {
        var missing = new TreeSet<String>();
        for (var member : said.properties()) {
            var other = elsewhere.path(member.getKey());
            if (other.isMissingNode()) missing.add(member.getKey());
            else if (!member.getValue().isArray()) {
                if (!member.getValue().equals(other)) missing.add(member.toString());
            } else
                for (var value : member.getValue())
                    if (other.valueStream().noneMatch(value::equals))
                        missing.add(member.getKey() + ": " + value.asString());
        }
        return missing;
    }

    @Test
    void ofTheContractsDocumentNothingIsMissingButWhatIsNotThere() {
        change("tenants/settings", "{\"pushed_authorization_requests_supported\":true}");
        try {
            assertThat(without(contract(), document()))
                    .containsExactlyInAnyOrder(
                            "mfa_challenge_endpoint",
                            "registration_endpoint",
                            // It is supported.
                            "request_parameter_supported=false",
                            "scopes_supported: identities",
                            "claims_supported: identities",
                            "response_types_supported: token",
                            "response_types_supported: code token",
                            "response_types_supported: code id_token",
                            "response_types_supported: token id_token",
                            "response_types_supported: code token id_token");
        } finally {
            change("tenants/settings", "{\"pushed_authorization_requests_supported\":false}");
        }
    }

    /// RFC 8414, RFC 9207, RFC 9126 and OpenID Connect Discovery define more members than the
    /// contract shows, and we can do more than it asks for.
    @Test
    void whatStandsThereBesideTheContractsIsThis() {
        assertThat(without(document(), contract()))
                .containsExactlyInAnyOrder(
                        "authorization_response_iss_parameter_supported",
                        "claims_parameter_supported",
                        "claims_supported: phone_number_verified",
                        "claims_supported: sid",
                        "claims_supported: updated_at",
                        "grant_types_supported",
                        "id_token_signing_alg_values_supported: ES256",
                        "introspection_endpoint_auth_methods_supported",
                        "introspection_endpoint_auth_signing_alg_values_supported",
                        "prompt_values_supported",
                        "request_object_signing_alg_values_supported",
                        "request_parameter_supported=true",
                        "response_modes_supported: web_message",
                        "revocation_endpoint_auth_methods_supported",
                        "revocation_endpoint_auth_signing_alg_values_supported",
                        "token_endpoint_auth_methods_supported: client_secret_jwt",
                        "token_endpoint_auth_signing_alg_values_supported: ES256",
                        "token_endpoint_auth_signing_alg_values_supported: EdDSA",
                        "token_endpoint_auth_signing_alg_values_supported: HS256");
    }

    /// "Appears only if the tenant's […] is true", and "only if PAR is on": a new tenant has the
    /// one and not the other.
    @Test
    void aNewTenantPublishesItsLogoutAndNoPushedRequests() {
        assertThat(document().has("end_session_endpoint")).isTrue();
        assertThat(document().has("pushed_authorization_request_endpoint")).isFalse();
    }
}
