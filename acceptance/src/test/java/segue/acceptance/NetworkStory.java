package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.demo.browser.BrowserJar;
import segue.demo.story.World;
import segue.server.Server;

import java.util.Map;

/// A server that knows networks: those of docs/networks, where 127.0.0.1 and 127.0.0.3 belong to
/// one, 127.0.0.2 to another, and 127.0.0.4 to none.
class NetworkStory extends BrowserScene {
    private static final String ASN = "../docs/networks/example-asn.mmdb";
    private static final String CITY = "../docs/networks/example-city.mmdb";
    private static final String SAME_NETWORK = "127.0.0.3";
    private static final String OTHER_NETWORK = "127.0.0.2";
    private static final String NO_NETWORK = "127.0.0.4";
    private static final String BY_ASN = "{\"enforce_device_binding\":\"asn\"}";

    NetworkStory() {
        super(Map.of("network.asn-database", ASN, "network.city-database", CITY));
    }

    private boolean isAccepted(BrowserJar browser, boolean byCookie, String token) {
        return present(browser, byCookie, token, Map.of()).parameter("code").isPresent();
    }

    private String transferFrom(String address) {
        return phone(World.ADA, world().password(), address).exchange().text("access_token");
    }

    /// Contract native-to-web §6; THREATS R33.1: two unknown networks aren't the same one.
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1, true",
        "127.0.0.1, 127.0.0.3, true",
        "127.0.0.3, 127.0.0.1, true",
        "127.0.0.1, 127.0.0.2, false",
        "127.0.0.1, 127.0.0.4, false",
        "127.0.0.4, 127.0.0.1, false",
        "127.0.0.4, 127.0.0.4, false"
    })
    void bindingByAsnAcceptsTheSameNetworkOnly(String minted, String redeemed, boolean accepted) {
        withTransfer(
                BY_ASN,
                () -> {
                    for (var byCookie : new boolean[] {true, false}) {
                        var browser = world().browser(redeemed);
                        var token = transferFrom(minted);
                        assertThat(isAccepted(browser, byCookie, token)).isEqualTo(accepted);
                        assertThat(isSignedIn(browser)).isEqualTo(accepted);
                        if (!accepted)
                            assertThat(operator().newestWarning()).endsWith("IP/ASN mismatch.");
                    }
                });
    }

    @Test
    void bindingByAddressDoesNotCareForTheNetwork() {
        assertThat(isAccepted(world().browser(SAME_NETWORK), false, transfer())).isFalse();
        assertThat(isAccepted(world().browser(NO_NETWORK), false, transferFrom(NO_NETWORK)))
                .isTrue();
    }

    /// Contract management-api §6.2.
    @Test
    void aSessionTellsTheNetworksOfItsFirstAndItsLastUse() {
        var browser = signedIn(browser());
        var sid = idToken(browser.openUntilAway(authorize(Map.of()))).path("sid").asString();
        assertDevice(session(sid).path("device").toString(), "64500", "64500");
        assertThat(isAccepted(at(OTHER_NETWORK, browser), false, transferFrom(OTHER_NETWORK)))
                .isTrue();
        assertDevice(session(sid).path("device").toString(), "64500", "64501");
        assertThat(isAccepted(at(NO_NETWORK, browser), false, transferFrom(NO_NETWORK))).isTrue();
        var device = session(sid).path("device");
        assertThat(device.path("initial_asn").asString()).isEqualTo("64500");
        assertThat(device.has("last_asn")).isFalse();
    }

    private BrowserJar at(String address, BrowserJar browser) {
        return browser.through(world().wire(address));
    }

    /// Contract management-api §6.3.
    @Test
    void aRefreshTokenTellsTheNetworksOfItsFirstAndItsLastUse() {
        var user = operator().createUser();
        var phone = phone(user, Operator.PASSWORD, HERE);
        var tokens =
                operator().get("users/" + userId(user).replace("|", "%7C") + "/refresh-tokens");
        var id = tokens.json().path("tokens").path(0).path("id").asString();
        phone.joins(world().wire(OTHER_NETWORK));
        assertThat(phone.refresh().status()).isEqualTo(200);
        var device = operator().get("refresh-tokens/" + id).json().path("device");
        assertDevice(device.toString(), "64500", "64501");
    }

    private static void assertDevice(String device, String initial, String last) {
        assertThat(device)
                .contains(
                        "\"initial_asn\":\"%s\"".formatted(initial),
                        "\"last_asn\":\"%s\"".formatted(last));
    }

    @ParameterizedTest
    @CsvSource({
        "network.asn-database, absent.mmdb, can't be read",
        "network.city-database, absent.mmdb, can't be read",
        "network.asn-database, ../docs/networks/example-city.mmdb, 'is of type"
                + " \"Segue-Example-City\"'",
        "network.city-database, ../docs/networks/networks.csv, can't be used:"
    })
    void aFileThatCantBeUsedStopsTheStartWithOneLine(String key, String file, String reason) {
        assertThatThrownBy(() -> new World(0, Map.of("log.level", "warn", key, file)).close())
                .isInstanceOf(Server.StartFailed.class)
                .message()
                .startsWith(key + ": ")
                .contains(file, reason)
                .doesNotContain("\n");
    }
}
