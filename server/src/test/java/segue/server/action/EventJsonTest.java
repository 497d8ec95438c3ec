package segue.server.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;

/// The event, byte for byte as contract actions §3 spells it.
final class EventJsonTest {
    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void everyFieldIsSpelledAsTheContractDoes() {
        var device =
                """
                {"initial_ip":"1.2.3.4","initial_asn":"64500","initial_user_agent":"Phone/1",
                 "last_ip":"5.6.7.8","last_user_agent":"Phone/2"}
                """;
        var expected =
                """
                {
                  "user": {"email":"ada@example.com","name":"Ada","user_id":"auth0|ada","email_verified":true,
                    "created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-01-02T03:04:05.678Z",
                    "last_password_reset":"2026-01-02T03:04:05.678Z",
                    "app_metadata":{"plan":"gold"},"user_metadata":{"hobbies":["engines"]},
                    "identities":[{"connection":"Users","provider":"auth0","user_id":"ada","isSocial":false}]},
                  "client": {"client_id":"shop","name":"Shop","metadata":{"tier":"1"}},
                  "connection": {"id":"con_1","name":"Users","strategy":"auth0","metadata":{}},
                  "request": {"ip":"9.9.9.9","asn":"64501","method":"GET","hostname":"id.example.com","language":"de",
                    "user_agent":"Browser/1","query":{"state":"xyz"},"body":{"grant_type":"none"},
                    "geoip":{"countryCode":"DE","latitude":48.1}},
                  "session": {"id":"s1","user_id":"auth0|ada","created_at":"2026-01-02T03:04:05.678Z",
                    "updated_at":"2026-01-02T03:04:05.678Z","authenticated_at":"2026-01-02T03:04:05.678Z",
                    "expires_at":"2026-01-02T03:05:05.678Z","idle_expires_at":"2026-01-02T03:04:35.678Z",
                    "last_interacted_at":"2026-01-02T03:04:05.678Z","device":DEVICE,
                    "clients":[{"client_id":"shop"}],"cookie":{"mode":"persistent"},"metadata":{"theme":"dark"},
                    "session_transfer":{"parent_refresh_token":{"id":"rt0","metadata":{"device_trust":"high"}}}},
                  "session_transfer_token": {"client_id":"phone","scope":["openid","offline_access"],
                    "request":{"ip":"1.2.3.4","asn":"64500","user_agent":"Phone/1",
                      "geoip":{"countryCode":"DE","latitude":48.1}}},
                  "refresh_token": {"id":"rt1","client_id":"phone","user_id":"auth0|ada","session_id":"s1",
                    "created_at":"2026-01-02T03:04:05.678Z","expires_at":"2026-01-02T03:05:35.678Z",
                    "idle_expires_at":"2026-01-02T03:05:25.678Z","last_exchanged_at":"2026-01-02T03:04:06.678Z",
                    "rotating":true,"device":DEVICE,
                    "resource_servers":[{"audience":"https://api.example","scopes":"read write"}],
                    "metadata":{"device_trust":"low"},"session_transfer":{"parent_refresh_token":{"id":"rt0"}}},
                  "authentication": {"methods":[{"name":"pwd","timestamp":"2026-01-02T03:04:05.678Z"}]},
                  "authorization": {"roles":["admin"]},
                  "organization": {"id":"org_1","name":"acme","display_name":"Acme","metadata":{"k":"v"}},
                  "resource_server": {"identifier":"https://api.example"},
                  "stats": {"logins_count":7},
                  "tenant": {"id":"segue"},
                  "custom_domain": {"domain":"id.example.com","domain_metadata":{"brand":"x"}},
                  "transaction": {"id":"t1","protocol":"oidc-basic-profile","requested_scopes":["openid"],
                    "redirect_uri":"https://shop.example/cb","response_type":["code"],"response_mode":"query",
                    "state":"xyz","prompt":["login"],"locale":"de","ui_locales":["de","en"],"acr_values":["urn:acr"],
                    "login_hint":"ada@example.com","correlation_id":"c1",
                    "subject_token_type":"urn:example:legacy","actor_token_type":"urn:example:agent",
                    "actor":{"sub":"agent"},"metadata":{"n":1}}
                }
                """
                        .replace("DEVICE", device);
        assertThat(EventJson.of(Events.full())).hasToString(JSON.readTree(expected).toString());
    }

    @Test
    void whatIsAbsentIsAbsentAndNotNull() {
        var json = EventJson.of(Events.bare());
        assertThat(json.propertyNames())
                .containsExactly(
                        "user",
                        "client",
                        "connection",
                        "request",
                        "authentication",
                        "stats",
                        "tenant",
                        "transaction");
        assertThat(json.get("transaction").propertyNames())
                .containsExactly(
                        "protocol",
                        "requested_scopes",
                        "response_type",
                        "prompt",
                        "ui_locales",
                        "acr_values",
                        "metadata");
        assertThat(json.toString()).doesNotContain("null");
        assertThat(json.get("request").get("geoip")).hasToString("{}");
    }

    @Test
    void momentsHaveMillisecondsEvenWhereTheyAreZero() {
        assertThat(EventJson.moment(Instant.ofEpochSecond(0)))
                .isEqualTo("1970-01-01T00:00:00.000Z");
    }
}
