package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.util.List;
import java.util.Map;

/// The one module of `oidcc-config-certification-test-plan`, for clients that are registered by
/// hand, over TLS as the suite wants it.
class ConformanceConfigStory extends ConformanceScene {
    ConformanceConfigStory() {
        super(Map.of("server.tls.mode", "dev"));
    }

    private static List<String> texts(JsonNode array) {
        assertThat(array.isArray()).isTrue();
        return array.valueStream().map(it -> it.asString("")).toList();
    }

    @Test
    void oidcc_discovery_endpoint_verification() {
        var discovery = world().issuer().resolve(".well-known/openid-configuration");
        var answer = world().wire(HERE).get(discovery);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
        var metadata = answer.json();
        // The name from which the document was fetched, without query and fragment.
        var issuer = URI.create(metadata.path("issuer").asString());
        assertThat(issuer).isEqualTo(discovery.resolve("..")).hasScheme("https").hasNoQuery();
        assertThat(issuer.getRawFragment()).isNull();
        for (var required :
                Map.of(
                                "response_types_supported", "code",
                                "subject_types_supported", "public",
                                "id_token_signing_alg_values_supported", "RS256",
                                "grant_types_supported", "authorization_code",
                                "scopes_supported", "openid",
                                "claims_supported", "sub",
                                "code_challenge_methods_supported", "S256")
                        .entrySet())
            assertThat(texts(metadata.path(required.getKey()))).contains(required.getValue());
        assertThat(texts(metadata.path("scopes_supported")))
                .allMatch(it -> it.matches("[!#-\\[\\]-~]+"));
        for (var said :
                List.of(
                        "request_parameter_supported",
                        "request_uri_parameter_supported",
                        "claims_parameter_supported"))
            assertThat(metadata.path(said).isBoolean()).as(said).isTrue();
        for (var there :
                List.of(
                        "authorization_endpoint",
                        "token_endpoint",
                        "userinfo_endpoint",
                        "jwks_uri")) assertThat(metadata.has(there)).as(there).isTrue();
        for (var member : metadata.properties())
            if (member.getKey().endsWith("_endpoint") || member.getKey().endsWith("_uri"))
                assertThat(URI.create(member.getValue().asString()))
                        .as(member.getKey())
                        .hasScheme("https")
                        .hasAuthority(issuer.getAuthority());
        isAKeySet(keys().getKeys());
    }

    private static void isAKeySet(List<JWK> keys) {
        assertThat(keys).isNotEmpty();
        assertThat(keys.stream().map(JWK::getKeyID)).doesNotContainNull().doesNotHaveDuplicates();
        for (var key : keys) {
            assertThat(key.isPrivate()).isFalse();
            assertThat(key.getKeyType().getValue()).isIn("RSA", "EC");
            assertThat(key.getKeyUse()).isEqualTo(KeyUse.SIGNATURE);
            assertThat(key.getAlgorithm()).isNotNull();
            assertThat(key.size())
                    .isGreaterThanOrEqualTo(key.getKeyType().getValue().equals("EC") ? 256 : 2048);
        }
    }
}
