package segue.server.management;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.session.SessionLimits;
import segue.server.http.Method;

import tools.jackson.databind.JsonNode;

import java.nio.file.Path;
import java.time.Duration;

/// Contract management-api §13 and native-to-web §14.
class TenantsTest {
    @TempDir Path folder;
    private Api api;

    @BeforeEach
    void open() {
        api = new Api(folder);
    }

    @AfterEach
    void close() {
        api.close();
    }

    private JsonNode settings() {
        return api.ok("/tenants/settings");
    }

    private JsonNode patch(String body) {
        return api.ok(Method.PATCH, "/tenants/settings", body);
    }

    @Test
    void aNewTenantHasTheContractsDefaults() {
        assertThat(settings().toString())
                .isEqualTo(
                        """
                        {"session_lifetime":168,"idle_session_lifetime":72,"ephemeral_session_lifetime":72,\
                        "idle_ephemeral_session_lifetime":24,"sessions":{"oidc_logout_prompt_enabled":true},\
                        "oidc_logout":{"rp_logout_end_session_endpoint_discovery":true},"default_audience":"",\
                        "default_directory":"Username-Password-Authentication","default_redirection_uri":"",\
                        "allowed_logout_urls":[],"allow_organization_name_in_authentication_api":false,\
                        "pushed_authorization_requests_supported":false,\
                        "authorization_response_iss_parameter_supported":false,\
                        "resource_parameter_profile":"audience","sandbox_version":"22",\
                        "flags":{"revoke_refresh_token_grant":false,"remove_alg_from_jwks":false},\
                        "sandbox_versions_available":["22"]}\
                        """);
    }

    @Test
    void hoursMayBeFractionalAndMinutesAreHours() {
        assertThat(patch("{'idle_session_lifetime':0.5}").path("idle_session_lifetime").asDouble())
                .isEqualTo(0.5);
        var inMinutes = patch("{'session_lifetime_in_minutes':100}");
        assertThat(inMinutes.has("session_lifetime_in_minutes")).isFalse();
        assertThat(api.registry.tenant().sessions())
                .isEqualTo(
                        new SessionLimits(Duration.ofMinutes(100), Duration.ofMinutes(30), true));
        assertThat(patch("{'session_lifetime_in_minutes':10080}").path("session_lifetime"))
                .hasToString("168");
        assertThat(patch("{'session_lifetime':8760}").path("session_lifetime")).hasToString("8760");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'session_lifetime':168,'session_lifetime_in_minutes':10080}",
                "{'idle_ephemeral_session_lifetime':1,'idle_ephemeral_session_lifetime_in_minutes':60}",
                "{'session_lifetime':8760.5}",
                "{'session_lifetime_in_minutes':525601}",
                "{'session_lifetime':0}",
                "{'session_lifetime':-1}",
                "{'session_lifetime':null}",
                "{'session_lifetime':'168'}",
                "{'session_lifetime':1e999}",
                "{'idle_session_lifetime':169}",
                "{'session_lifetime':71}",
                "{'idle_ephemeral_session_lifetime':73}",
                "{'transfer_session_lifetime_in_minutes':0}",
                "{'transfer_session_lifetime_in_minutes':15,'transfer_idle_session_lifetime_in_minutes':16}",
                "{'confirm_unbound_transfer':'yes'}",
                "{'session_cookie':{'mode':'eternal'}}",
                "{'flags':{'revoke_refresh_token_grant':1}}",
                "{'sandbox_versions_available':['22']}",
                "{'tenant':'other'}",
                "{'unheard_of':true}"
            })
    void aWrongValueIsRefusedAndChangesNothing(String body) {
        var before = settings();
        var error = api.refused(Method.PATCH, "/tenants/settings", body);
        assertThat(error.path("statusCode").asInt()).isEqualTo(400);
        assertThat(error.path("errorCode").asString()).isEqualTo("invalid_body");
        assertThat(settings()).isEqualTo(before);
    }

    @Test
    void flagsMerge() {
        var flags =
                patch("{'flags':{'revoke_refresh_token_grant':true,'enable_sso':true}}")
                        .path("flags");
        assertThat(flags.toString())
                .isEqualTo(
                        "{\"revoke_refresh_token_grant\":true,\"remove_alg_from_jwks\":false,\"enable_sso\":true}");
    }

    @Test
    void nullResets() {
        patch(
                "{'session_cookie':{'mode':'non-persistent'},'sessions':{'oidc_logout_prompt_enabled':false}}");
        assertThat(api.registry.tenant().sessions())
                .isEqualTo(new SessionLimits(Duration.ofHours(72), Duration.ofHours(24), false));
        assertThat(api.registry.tenant().asksBeforeLogout()).isFalse();
        patch("{'session_cookie':null,'sessions':{'oidc_logout_prompt_enabled':null}}");
        assertThat(settings().has("session_cookie")).isFalse();
        assertThat(settings().path("sessions").toString())
                .isEqualTo("{\"oidc_logout_prompt_enabled\":true}");
        assertThat(api.registry.tenant().asksBeforeLogout()).isTrue();
        patch("{'sessions':{'oidc_logout_prompt_enabled':false}}");
        assertThat(patch("{'sessions':null}").path("sessions").toString())
                .isEqualTo("{\"oidc_logout_prompt_enabled\":true}");
    }

    @Test
    void oursAreThereOnlyOnceSet() {
        var names =
                new String[] {
                    "confirm_unbound_transfer",
                    "transfer_session_lifetime_in_minutes",
                    "transfer_idle_session_lifetime_in_minutes"
                };
        for (var name : names) assertThat(settings().has(name)).as(name).isFalse();
        var set =
                patch(
                        "{'confirm_unbound_transfer':true,'transfer_session_lifetime_in_minutes':30,'transfer_idle_session_lifetime_in_minutes':15}");
        for (var name : names) assertThat(set.has(name)).as(name).isTrue();
        assertThat(settings()).isEqualTo(set);
        var reset =
                patch(
                        "{'confirm_unbound_transfer':null,'transfer_session_lifetime_in_minutes':null,'transfer_idle_session_lifetime_in_minutes':null}");
        for (var name : names) assertThat(reset.has(name)).as(name).isFalse();
    }

    /// THREATS R7.2.
    @Test
    void aTransferredSessionLivesAsLongAsTheTenantSays() {
        var usual = api.registry.tenant();
        assertThat(usual.transferredSessions()).isEqualTo(usual.sessions());
        patch(
                "{'transfer_session_lifetime_in_minutes':30,'transfer_idle_session_lifetime_in_minutes':15}");
        assertThat(api.registry.tenant().transferredSessions())
                .isEqualTo(new SessionLimits(Duration.ofMinutes(30), Duration.ofMinutes(15), true));
        assertThat(api.registry.tenant().sessions()).isEqualTo(usual.sessions());
    }
}
