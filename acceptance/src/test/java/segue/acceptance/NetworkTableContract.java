package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/// Real networks over HTTP (contract native-to-web §6, §13.7), on IPv4 and on IPv6 sockets: each
/// row of docs/networks/situations.csv under each setting is a mint and a redemption. A trusted
/// proxy says where a request comes from, as in production; without one, see the last test, and
/// AddressStory.
abstract class NetworkTableContract extends BrowserScene {
    private static final Path TABLE = Path.of("../docs/networks/situations.csv");
    private static final String NETWORKS = "../docs/networks/situations-asn.mmdb";

    /// Where the back end of the app stands that mints for it.
    private static final String DATA_CENTRE = "192.0.2.99";

    private static final String REALM = "http://auth0.com/oauth/grant-type/password-realm";

    /// As the server reads it off its issuer, which is http here.
    private static final String VERIFIER = "session_transfer_verifier";

    private Optional<Phone> adas = Optional.empty();
    private Optional<BackEnd> backEnd = Optional.empty();

    /// Where the server listens, and its trusted proxy is.
    private final String here;

    /// @param settings beside those of the proxy and the networks
    NetworkTableContract(String here, Map<String, String> settings) {
        super(with(here, settings));
        this.here = here;
    }

    private static Map<String, String> with(String here, Map<String, String> settings) {
        var all = new LinkedHashMap<>(settings);
        all.put("network.asn-database", NETWORKS);
        all.put("server.trusted-proxies", here + (here.contains(":") ? "/128" : "/32"));
        all.put("limits.exchanges-per-family", "100000/min");
        return all;
    }

    /// Where an app may be without a proxy, where a browser, and what binding `network` finds.
    abstract Stream<Arguments> sockets();

    @BeforeAll
    void signIn() {
        adas = Optional.of(phone(World.ADA, world().password(), here));
        backEnd = Optional.of(new BackEnd());
    }

    /// The columns behind the situation, and the settings of the shop that they stand for.
    enum Setting {
        IP("ip", false),
        ASN("asn", false),
        NETWORK("network", false),
        NETWORK_SAME_ASN("network", true),
        NONE("none", false);

        private final String binding;
        private final boolean sameAsn;

        Setting(String binding, boolean sameAsn) {
            this.binding = binding;
            this.sameAsn = sameAsn;
        }

        String json() {
            return "{\"enforce_device_binding\":\"%s\",\"network_same_asn\":%s}"
                    .formatted(binding, sameAsn);
        }
    }

    /// `yes same_address`.
    record Verdict(boolean accepted, String code) {
        static Verdict of(String cell) {
            var words = cell.split(" ", -1);
            return new Verdict(words[0].equals("yes"), words[1]);
        }

        /// Contract native-to-web §14.
        String reason() {
            return code.equals("unknown_system") ? "unknown_network" : "other_device";
        }
    }

    /// A row.
    record Situation(
            String name,
            String app,
            String browser,
            boolean proves,
            String spoofs,
            Map<Setting, Verdict> verdicts) {
        static Situation of(List<String> cells) {
            var verdicts = new EnumMap<Setting, Verdict>(Setting.class);
            var rest = cells.subList(7, cells.size()).iterator();
            for (var setting : Setting.values()) verdicts.put(setting, Verdict.of(rest.next()));
            return new Situation(
                    cells.get(0),
                    cells.get(1),
                    cells.get(3),
                    cells.get(5).equals("yes"),
                    cells.get(6),
                    verdicts);
        }

        /// The list that the proxy makes of what the client sent and where it came from.
        String forwardedForApp() {
            return spoofs.equals("app") ? browser + ", " + app : app;
        }

        String forwardedForBrowser() {
            return spoofs.equals("browser") ? app + ", " + browser : browser;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Situation> situations() throws IOException {
        return Files.readAllLines(TABLE).stream()
                .skip(1)
                .map(line -> Situation.of(List.of(line.split(",", -1))))
                .toList();
    }

    private Wire proxied(String forwarded) {
        return world().wire(here).with("X-Forwarded-For", forwarded);
    }

    @ParameterizedTest
    @MethodSource("situations")
    void eachSettingMakesOfASituationWhatTheTableSays(Situation situation) {
        for (var setting : Setting.values())
            withTransfer(
                    setting.json(),
                    () -> {
                        var verifier = Pkce.fresh();
                        var token = mintedByApp(situation, verifier);
                        redeems(situation, setting, token, verifier);
                    });
    }

    /// §13.7: the address that a trusted and authenticated client forwards counts as its own would.
    @ParameterizedTest
    @MethodSource("situations")
    void aBackEndThatForwardsTheAppsAddressMakesNoDifference(Situation situation) {
        for (var setting : Setting.values())
            withTransfer(
                    setting.json(),
                    () -> {
                        var verifier = Pkce.fresh();
                        var token = backEnd.orElseThrow().mint(situation, verifier);
                        redeems(situation, setting, token, verifier);
                    });
    }

    private String mintedByApp(Situation situation, Pkce verifier) {
        var phone = adas.orElseThrow();
        var fields = new LinkedHashMap<String, String>();
        fields.put("client_id", World.APP);
        fields.put("refresh_token", phone.refreshToken());
        var headers = new LinkedHashMap<String, String>();
        // A public client's word counts for nothing, even where the operator trusts its proxy.
        if (situation.spoofs().equals("app"))
            headers.put("auth0-forwarded-for", situation.browser());
        var answer =
                mint(proxied(situation.forwardedForApp()), fields, situation, verifier, headers);
        phone.keep(answer.text("refresh_token"));
        return answer.text("access_token");
    }

    private Answer mint(
            Wire wire,
            Map<String, String> client,
            Situation situation,
            Pkce verifier,
            Map<String, String> headers) {
        var fields = new LinkedHashMap<>(client);
        fields.put("grant_type", "refresh_token");
        fields.put("audience", "urn:" + world().issuer().getHost() + ":session_transfer");
        if (situation.proves()) fields.put("transfer_challenge", verifier.challenge());
        var answer = wire.postForm(world().issuer().resolve("oauth/token"), fields, headers);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer;
    }

    private void redeems(Situation situation, Setting setting, String token, Pkce verifier) {
        var expected = Objects.requireNonNull(situation.verdicts().get(setting));
        var browser = new BrowserJar(proxied(situation.forwardedForBrowser()));
        if (situation.proves()) browser.plant(world().issuer(), VERIFIER, verifier.verifier());
        var page = present(browser, false, token, Map.of());
        var what = "%s, %s".formatted(setting, situation);
        assertThat(page.parameter("code").isPresent()).as(what).isEqualTo(expected.accepted());
        assertThat(page.asksToSignIn()).as(what).isEqualTo(!expected.accepted());
        assertLogged(what, setting, expected);
        assertThat(isSignedIn(browser)).as(what).isEqualTo(expected.accepted());
    }

    private void assertLogged(String what, Setting setting, Verdict expected) {
        var event = newest();
        assertThat(event.path("type").asString())
                .as(what)
                .isEqualTo(expected.accepted() ? "s" : "w");
        var details = event.path("details");
        var binding = details.path("device_binding");
        assertThat(binding.path("setting").asString("")).as(what).isEqualTo(setting.binding);
        assertThat(binding.path("found").asString("")).as(what).isEqualTo(expected.code());
        assertThat(details.path("reason").asString(""))
                .as(what)
                .isEqualTo(expected.accepted() ? "" : expected.reason());
    }

    private JsonNode newest() {
        return operator().log("client_id:" + World.SHOP + " AND type:(s OR w)").path(0);
    }

    /// A confidential client that may say whose address it forwards.
    private final class BackEnd {
        private final Map<String, String> client = new LinkedHashMap<>();

        BackEnd() {
            var created =
                    operator()
                            .call(
                                    "POST",
                                    "clients",
                                    """
                                    {"name":"Back end","app_type":"regular_web",
                                     "token_endpoint_auth_method":"client_secret_post",
                                     "grant_types":["%s","refresh_token"],
                                     "is_token_endpoint_ip_header_trusted":true,
                                     "session_transfer":{"can_create_session_transfer_token":true}}
                                    """
                                            .formatted(REALM));
            assertThat(created.status()).as("%s", created.json()).isEqualTo(201);
            client.put("client_id", created.text("client_id"));
            client.put("client_secret", created.text("client_secret"));
            var login = new LinkedHashMap<>(client);
            login.put("grant_type", REALM);
            login.put("realm", "Username-Password-Authentication");
            login.put("username", World.ADA);
            login.put("password", world().password());
            login.put("scope", "openid offline_access");
            var answer =
                    world().wire(here)
                            .postForm(world().issuer().resolve("oauth/token"), login, Map.of());
            assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
            client.put("refresh_token", answer.text("refresh_token"));
        }

        String mint(Situation situation, Pkce verifier) {
            var forwarded = Map.of("auth0-forwarded-for", situation.app());
            return NetworkTableContract.this
                    .mint(proxied(DATA_CENTRE), client, situation, verifier, forwarded)
                    .text("access_token");
        }
    }

    /// Without a proxy in front the addresses of the sockets count.
    @ParameterizedTest
    @MethodSource("sockets")
    void withoutAProxyTheSocketsCount(String app, String browser, String cell) {
        var expected = Verdict.of(cell);
        withTransfer(
                Setting.NETWORK.json(),
                () -> {
                    var phone = phone(World.ADA, world().password(), app);
                    var token = phone.exchange().text("access_token");
                    var page = present(world().browser(browser), false, token, Map.of());
                    assertThat(page.parameter("code").isPresent()).isEqualTo(expected.accepted());
                    assertLogged(app + ", " + browser, Setting.NETWORK, expected);
                });
    }
}
