package segue.actions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// The scripts of contract 4 §8, as they stand there.
class ContractExamplesTest {
    private static final WorkerProcess WORKER = WorkerProcess.start();
    private static final String NOTHING = "{\"effects\":[],\"console\":\"\",\"error\":null}";

    @AfterAll
    static void end() {
        WORKER.close();
    }

    private static String transfer(String mintedIn, String trust) {
        return WorkerProcess.login(
                """
                {"session_transfer_token":{"client_id":"phone","scope":[],"request":{"ip":"192.0.2.7",\
                "geoip":{"countryCode":"%s"}}},"request":{"ip":"192.0.2.7","geoip":{"countryCode":"NL"}},\
                "session":{"id":"s","session_transfer":{"parent_refresh_token":{"id":"r",\
                "metadata":{"device_trust":"%s"}}}}}\
                """
                        .formatted(mintedIn, trust));
    }

    private static String deniedFor(String reason) {
        return "{\"effects\":[{\"call\":\"access.deny\",\"args\":[\"%s\"]}],\"console\":\"\",\"error\":null}"
                .formatted(reason);
    }

    private static final String PLAIN_LOGIN =
            WorkerProcess.login("{\"request\":{\"geoip\":{}},\"session\":{\"id\":\"s\"}}");

    private static final String WORKED =
            """
            exports.onExecutePostLogin = async (event, api) => {
              const stt = event.session_transfer_token;
              if (!stt) return;
              if (stt.request.geoip?.countryCode !== event.request.geoip?.countryCode) {
                return api.access.deny("country changed");
              }
              const trust = event.session?.session_transfer?.parent_refresh_token?.metadata?.device_trust;
              if (trust !== "high") return api.access.deny("device not trusted");
              const now = Date.now();
              api.session.setExpiresAt(now + 30 * 60000);
              api.session.setIdleExpiresAt(now + 15 * 60000);
              api.idToken.setCustomClaim("https://shop.example/from", stt.client_id);
            };
            """;

    private static final String TIME_BOX =
            """
            // 1. Time-box what a transfer opened: 30 minutes in all, 15 minutes idle.
            exports.onExecutePostLogin = async (event, api) => {
              if (event.session_transfer_token) {
                const start = Date.now();
                api.session.setExpiresAt(start + 1800 * 1000);
                api.session.setIdleExpiresAt(start + 900 * 1000);
              }
            };
            """;

    private static final String SAME_COUNTRY =
            """
            // 2. Refuse when the token was minted in another country than it is redeemed in.
            exports.onExecutePostLogin = async (event, api) => {
              const transfer = event.session_transfer_token;
              if (transfer && transfer.request.geoip.countryCode !== event.request.geoip.countryCode) {
                api.access.deny("country changed");
              }
            };
            """;

    private static final String VOUCHED_FOR =
            """
            // 3. Refuse when the app did not vouch for the device.
            exports.onExecutePostLogin = async (event, api) => {
              if (!event.session_transfer_token) return;
              const app = event.session?.session_transfer?.parent_refresh_token?.metadata;
              if (app?.device_trust !== "high") api.access.deny("device not trusted");
            };
            """;

    private static final String TELL =
            """
            // 4. Tell the web app what the native app knew.
            exports.onExecutePostLogin = async (event, api) => {
              const app = event.session?.session_transfer?.parent_refresh_token?.metadata;
              if (app?.device_trust) api.idToken.setCustomClaim("https://shop.example/device_trust", app.device_trust);
            };
            """;

    @Test
    void theWorkedExampleShortensTheSessionAndTellsWhereItCameFrom() {
        assertThat(WORKER.run(WORKED, transfer("NL", "high")))
                .matches(
                        "\\{\"effects\":\\["
                            + "\\{\"call\":\"session.setExpiresAt\",\"args\":\\[\\d{13}]},"
                            + "\\{\"call\":\"session.setIdleExpiresAt\",\"args\":\\[\\d{13}]},"
                            + "\\{\"call\":\"idToken.setCustomClaim\",\"args\":\\[\"https://shop.example/from\",\"phone\"]}"
                            + "],\"console\":\"\",\"error\":null}");
        assertThat(WORKER.run(WORKED, transfer("BE", "high")))
                .isEqualTo(deniedFor("country changed"));
        assertThat(WORKER.run(WORKED, transfer("NL", "low")))
                .isEqualTo(deniedFor("device not trusted"));
        assertThat(WORKER.run(WORKED, PLAIN_LOGIN)).isEqualTo(NOTHING);
    }

    @Test
    void aTransferIsTimeBoxed() {
        assertThat(WORKER.run(TIME_BOX, transfer("NL", "high")))
                .contains("session.setExpiresAt", "session.setIdleExpiresAt")
                .endsWith("\"error\":null}");
        assertThat(WORKER.run(TIME_BOX, PLAIN_LOGIN)).isEqualTo(NOTHING);
    }

    @Test
    void anotherCountryIsRefused() {
        assertThat(WORKER.run(SAME_COUNTRY, transfer("BE", "high")))
                .isEqualTo(deniedFor("country changed"));
        assertThat(WORKER.run(SAME_COUNTRY, transfer("NL", "high"))).isEqualTo(NOTHING);
    }

    @Test
    void aDeviceThatNobodyVouchedForIsRefused() {
        assertThat(WORKER.run(VOUCHED_FOR, transfer("NL", "low")))
                .isEqualTo(deniedFor("device not trusted"));
        assertThat(WORKER.run(VOUCHED_FOR, transfer("NL", "high"))).isEqualTo(NOTHING);
    }

    @Test
    void theWebAppIsToldWhatTheNativeAppKnew() {
        assertThat(WORKER.run(TELL, transfer("NL", "high")))
                .isEqualTo(
                        """
                        {"effects":[{"call":"idToken.setCustomClaim","args":["https://shop.example/device_trust","high"]}],\
                        "console":"","error":null}\
                        """);
    }
}
