package segue.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.client.Client;
import segue.server.registry.Views;

import java.util.List;

/// THREATS decision 6: what is risky is allowed, and told.
class ClientCheckupTest {
    private static final String SAFE =
            """
            "allowed_authentication_methods":["cookie"],"enforce_device_binding":"ip",\
            "allow_refresh_token":true,"enforce_online_refresh_tokens":true,\
            "can_create_session_transfer_token":true,"enforce_cascade_revocation":true\
            """;

    private static Client client(String name, String transfer) {
        return Views.client(
                "{\"client_id\":\"c\",\"name\":\"%s\",\"session_transfer\":{%s}}"
                        .formatted(name, transfer));
    }

    private static List<String> warnings(boolean limits, boolean networks, Client... clients) {
        var findings = new ClientCheckup(limits, networks).of(List.of(clients));
        assertThat(findings)
                .allMatch(it -> it.grade() == Finding.Grade.WARN && it.subject().equals("clients"));
        return findings.stream().map(Finding::text).toList();
    }

    @Test
    void aClientWithEveryProtectionIsNotTold() {
        assertThat(warnings(true, false, client("Shop", SAFE))).isEmpty();
    }

    @Test
    void aClientThatTakesNoTransfersAndMakesNoneIsNotTold() {
        var off = "\"enforce_device_binding\":\"none\",\"enforce_online_refresh_tokens\":false";
        assertThat(warnings(false, false, client("Shop", off))).isEmpty();
        assertThat(warnings(false, false, Views.client("{\"client_id\":\"c\",\"name\":\"x\"}")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"ip\" | \"none\" | session_transfer.enforce_device_binding",
                "\"ip\" | \"asn\" | network.asn-database",
                "\"ip\" | \"network\" | network.asn-database",
                "[\"cookie\"] | [\"query\"] | session_transfer.allowed_authentication_methods",
                "tokens\":true | tokens\":false | session_transfer.enforce_online_refresh_tokens",
                "revocation\":true | revocation\":false |"
                        + " session_transfer.enforce_cascade_revocation",
            })
    void eachReasonIsToldByTheNameOfTheClientAndOfTheSetting(
            String safe, String risky, String setting) {
        var transfer = SAFE.replace(safe, risky);
        assertThat(transfer).isNotEqualTo(SAFE);
        assertThat(warnings(true, false, client("Shop", transfer)))
                .singleElement()
                .asString()
                .startsWith("Shop: ")
                .contains("set", setting);
    }

    @ParameterizedTest
    @ValueSource(strings = {"asn", "network"})
    void bindingByNetworkNeedsADatabaseOnly(String binding) {
        var byNetwork = client("Shop", SAFE.replace("\"ip\"", "\"" + binding + "\""));
        assertThat(warnings(true, true, byNetwork)).isEmpty();
    }

    @Test
    void sessionsThatNothingEndsEarlierAreTold() {
        assertThat(warnings(false, false, client("Shop", SAFE)))
                .singleElement()
                .asString()
                .startsWith("Shop: ")
                .contains("transfer_session_lifetime_in_minutes", "setExpiresAt");
    }

    @Test
    void everyClientAndReasonHasALineOfItsOwn() {
        var risky = SAFE.replace("\"ip\"", "\"none\"").replace("[\"cookie\"]", "[\"query\"]");
        assertThat(warnings(true, false, client("One", risky), client("Two", risky)))
                .hasSize(4)
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | false",
                "{\"transfer_session_lifetime_in_minutes\":30} | true",
                "{\"transfer_idle_session_lifetime_in_minutes\":30} | true",
                "{\"transfer_session_lifetime_in_minutes\":100000} | false",
                "{\"session_lifetime\":1,\"idle_session_lifetime\":1} | false",
            })
    void aSettingLimitsTransfersIfItIsShorterThanTheUsualOne(String tenant, boolean limits) {
        assertThat(ClientCheckup.limitsTransfers(Views.tenant(tenant, 0), List.of()))
                .isEqualTo(limits);
    }

    @ParameterizedTest
    @ValueSource(strings = {"api.session.setExpiresAt(1)", "api.session\n  .setIdleExpiresAt(1)"})
    void anActionThatSetsTheEndOfSessionsLimitsTransfers(String code) {
        var tenant = Views.tenant("{}", 0);
        assertThat(ClientCheckup.limitsTransfers(tenant, List.of("", code))).isTrue();
        var other = "api.refreshToken.setExpiresAt(1)";
        assertThat(ClientCheckup.limitsTransfers(tenant, List.of(other))).isFalse();
    }
}
