package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.demo.browser.BrowserJar;
import segue.demo.story.World;
import segue.server.Server;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// A server that knows networks: those of docs/networks, where 127.0.0.1 and 127.0.0.3 belong to
/// one, 127.0.0.2 to another, and 127.0.0.4 to none.
class NetworkStory extends BrowserScene {
    private static final String ASN = "../docs/networks/example-asn.mmdb";
    private static final String CITY = "../docs/networks/example-city.mmdb";
    private static final String SAME_NETWORK = "127.0.0.3";
    private static final String OTHER_NETWORK = "127.0.0.2";
    private static final String NO_NETWORK = "127.0.0.4";
    private static final double TEN_YEARS_IN_SECONDS = 3650 * 86_400d;
    private static final String BY_ASN = "{\"enforce_device_binding\":\"asn\"}";

    private final Path asnFile;

    NetworkStory() throws IOException {
        var copy = Files.createTempDirectory("segue-networks").resolve("asn.mmdb");
        super(Map.of("network.asn-database", copy.toString(), "network.city-database", CITY));
        this.asnFile = Files.copy(Path.of(ASN), copy);
    }

    @AfterAll
    void deleteTheCopy() throws IOException {
        Files.delete(asnFile);
        Files.delete(asnFile.resolveSibling(""));
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

    /// Contract management-api §8.
    @Test
    void theLogTellsWhereAnEventCameFrom() {
        var shop = authorize(Map.of("session_transfer_token", transferFrom(OTHER_NETWORK)));
        world().browser(OTHER_NETWORK).openUntilAway(shop);
        var located = operator().log("type:s").path(0);
        assertThat(located.path("ip").asString()).isEqualTo(OTHER_NETWORK);
        assertThat(located.path("location_info").path("country_code").asString()).isEqualTo("FR");
        assertThat(located.path("location_info").path("city_name").asString()).isEqualTo("Paris");
        world().browser(NO_NETWORK)
                .openUntilAway(
                        authorize(Map.of("session_transfer_token", transferFrom(NO_NETWORK))));
        var unknown = operator().log("type:s").path(0);
        assertThat(unknown.path("ip").asString()).isEqualTo(NO_NETWORK);
        assertThat(unknown.has("location_info")).isFalse();
    }

    private double metric(String name) {
        var request = HttpRequest.newBuilder(world().issuer().resolve("metrics"));
        return world().wire(HERE)
                .send(request)
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
                .findFirst()
                .orElseThrow();
    }

    private static void await(BooleanSupplier isSo) {
        var deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (!isSo.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
    }

    /// THREATS R33.2, R33.3: the server doesn't stop for it, and a bad file changes nothing.
    @Test
    void aChangedFileIsUsedWithoutAStartAndABadOneIsNot() throws IOException {
        var age = "segue_network_file_age_seconds{file=\"asn\"}";
        var refused = "segue_network_file_refused_total{file=\"asn\"}";
        assertThat(metric(refused)).isZero();
        assertThat(metric(age)).isLessThan(TEN_YEARS_IN_SECONDS);
        var example = Files.readAllBytes(Path.of(ASN));
        var whole = example.clone();
        Files.write(asnFile, Arrays.copyOf(example, example.length / 2));
        await(() -> metric(refused) == 1);
        withTransfer(
                BY_ASN,
                () ->
                        assertThat(isAccepted(browser(), false, transferFrom(SAME_NETWORK)))
                                .isTrue());
        // The last four bytes of the number behind the key: built in 1970.
        var text = new String(example, StandardCharsets.ISO_8859_1);
        ByteBuffer.wrap(example).putInt(text.lastIndexOf("build_epoch") + 13, 0);
        Files.write(asnFile, example);
        await(() -> metric(age) > TEN_YEARS_IN_SECONDS);
        assertThat(metric(refused)).isEqualTo(1);
        Files.write(asnFile, whole);
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
