package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import segue.demo.story.World;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Whose address a transfer is bound to, and by whose address it is judged (contract native-to-web
/// §6, THREATS T-30, T-31): real redemptions, on IPv4 and on IPv6 sockets, with and without a proxy
/// in front, against everybody who would like to have a say in it.
class AddressStory extends BrowserScene {
    private static final String REALM = "http://auth0.com/oauth/grant-type/password-realm";
    private static final JsonMapper JSON = new JsonMapper();

    /// Where the app is.
    private static final String APP = "127.0.0.1";

    /// Where somebody else is.
    private static final String OTHER = "127.0.0.2";

    /// Where the trusted proxy is.
    private static final String PROXY = "127.0.0.9";

    /// On both families, with a trusted proxy on IPv4: IPv4 comes in on an IPv6 socket, too.
    AddressStory() {
        super(
                Map.of(
                        "server.host",
                        "::",
                        "server.trusted-proxies",
                        PROXY + "/32",
                        "limits.exchanges-per-family",
                        "100000/min"));
    }

    /// The same with a trusted proxy on IPv6.
    private Optional<World> six = Optional.empty();

    private Optional<Backend> backend = Optional.empty();

    @BeforeAll
    void startTheOther() throws Exception {
        Required.ipv6();
        var settings = new HashMap<String, String>();
        settings.put("server.host", "::");
        settings.put("server.trusted-proxies", "::1/128");
        settings.put("log.level", "warn");
        settings.put("limits.exchanges-per-family", "100000/min");
        six = Optional.of(new World(0, settings));
        backend = Optional.of(backend());
    }

    @AfterAll
    void stopTheOther() {
        six.ifPresent(World::close);
    }

    /// A client that keeps a secret and may say whose address it forwards.
    private record Backend(String id, String secret) {}

    private Backend backend() {
        var created =
                operator()
                        .call(
                                "POST",
                                "clients",
                                """
                                {"name":"Backend","app_type":"regular_web",
                                 "grant_types":["%s","refresh_token"],
                                 "is_token_endpoint_ip_header_trusted":true,
                                 "session_transfer":{"can_create_session_transfer_token":true}}
                                """
                                        .formatted(REALM));
        assertThat(created.status()).as("%s", created.json()).isEqualTo(201);
        return new Backend(created.text("client_id"), created.text("client_secret"));
    }

    private static Peer peer(World world, String from, String to) {
        return new Peer(
                InetAddress.ofLiteral(from),
                new InetSocketAddress(InetAddress.ofLiteral(to), world.issuer().getPort()),
                host(world));
    }

    private static String host(World world) {
        return world.issuer().getAuthority();
    }

    private Peer direct(String from) {
        return peer(world(), from, from.contains(":") ? "::1" : "127.0.0.1");
    }

    /// Ada's session at a client, which mints transfers.
    private static final class Login {
        private final Map<String, String> client;
        private String refreshToken;

        Login(World world, Peer peer, Map<String, String> client) {
            this.client = client;
            var form = new HashMap<>(client);
            form.put("grant_type", REALM);
            form.put("realm", "Username-Password-Authentication");
            form.put("username", World.ADA);
            form.put("password", world.password());
            form.put("scope", "openid offline_access");
            this.refreshToken =
                    granted(peer.post("/oauth/token", Wire.form(form), List.of()))
                            .path("refresh_token")
                            .asString();
        }

        Peer.Reply asks(Peer peer, String... lines) {
            var form = new HashMap<>(client);
            form.put("grant_type", "refresh_token");
            form.put("refresh_token", refreshToken);
            form.put("audience", "urn:localhost:session_transfer");
            return peer.post("/oauth/token", Wire.form(form), List.of(lines));
        }

        String mint(Peer peer, String... lines) {
            var json = granted(asks(peer, lines));
            refreshToken = json.path("refresh_token").asString(refreshToken);
            return json.path("access_token").asString();
        }

        private static JsonNode granted(Peer.Reply reply) {
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            return JSON.readTree(reply.body());
        }
    }

    private static Login app(World world, Peer peer) {
        return new Login(world, peer, Map.of("client_id", World.APP));
    }

    private Login backendLogin() {
        var it = backend.orElseThrow();
        return new Login(
                world(), direct(APP), Map.of("client_id", it.id(), "client_secret", it.secret()));
    }

    /// What became of a transfer.
    enum Verdict {
        ACCEPTED,
        /// The sign-in page, and the token is burnt.
        REFUSED,
        /// 400, and nothing was looked at.
        UNREAD
    }

    private static Verdict redeem(World world, Peer peer, String token, String... lines) {
        var callback = world.shop().origin() + "/callback";
        var query =
                Map.of(
                        "client_id",
                        World.SHOP,
                        "response_type",
                        "code",
                        "redirect_uri",
                        callback,
                        "scope",
                        "openid",
                        "state",
                        "s1",
                        "session_transfer_token",
                        token);
        var reply = peer.get("/authorize?" + Wire.form(query), List.of(lines));
        if (reply.status() == 400) return Verdict.UNREAD;
        assertThat(reply.status()).isEqualTo(302);
        var location = reply.location().orElseThrow();
        if (location.startsWith(callback) && location.contains("code=")) return Verdict.ACCEPTED;
        assertThat(location).contains("/u/login");
        return Verdict.REFUSED;
    }

    private Verdict redeem(Peer peer, String token, String... lines) {
        return redeem(world(), peer, token, lines);
    }

    /// Nearly [#OTHER], so that whoever reads them generously is found out; and what is no address
    /// at all.
    private static final List<String> MALFORMED =
            List.of(
                    "",
                    "-",
                    "null",
                    "unknown",
                    "_hidden",
                    "localhost",
                    "ip6-localhost",
                    "127.2",
                    "127.0.2",
                    "127.0.0",
                    "127..0.2",
                    "127.0.0.2.",
                    ".127.0.0.2",
                    "127.0.0.0.2",
                    "127.0.0.02",
                    "127.0.0.002",
                    "0177.0.0.2",
                    "0x7f.0.0.2",
                    "0x7f000002",
                    "2130706434",
                    "017700000002",
                    "127.0.0.258",
                    "127.0.0.-2",
                    "+127.0.0.2",
                    "127.0.0.2a",
                    "a127.0.0.2",
                    "127.0.0.2e0",
                    "127.0.0.2 127.0.0.2",
                    "127.0.0.2\t127.0.0.1",
                    "127.0.0.2/32",
                    "127.0.0.2%lo",
                    "127.0.0.2:",
                    "127.0.0.2:http",
                    "127.0.0.2:65536",
                    "127.0.0.2:1:2",
                    "[127.0.0.2]",
                    "[127.0.0.2]:80",
                    "(127.0.0.2)",
                    "'127.0.0.2'",
                    "http://127.0.0.2/",
                    "for=127.0.0.2",
                    "127.0.0.2;proto=http",
                    "127。0。0。2",
                    "127.0.0.２",
                    "127.0.0.2\u00a0",
                    "127.0.0.2\u2003",
                    "::ffff:127.0.0.02",
                    "::ffff:127.0.0.258",
                    "::ffff:127.0.2",
                    "::ffff:127.0.0.2%lo",
                    "[::ffff:127.0.0.2",
                    "::ffff:127.0.0.2]",
                    "[::ffff:127.0.0.2]x",
                    "[::ffff:127.0.0.2]:",
                    "[[::ffff:127.0.0.2]]",
                    "::ffff:7f00:00002",
                    "::ffff:7f00:2::",
                    ":::ffff:7f00:2",
                    "fe80::1%eth0",
                    "::1%1",
                    "00001::1",
                    "::g",
                    "1:2:3:4:5:6:7",
                    "1:2:3:4:5:6:7:8:9",
                    "1:2:3:4:5:6:7:8:",
                    "127.0.0.2" + "0".repeat(4000),
                    "1:".repeat(2000),
                    "[".repeat(4000));

    private static final List<String> FAMILIES_OF_HEADERS =
            List.of("X-Forwarded-For: %s", "Forwarded: for=%s", "Forwarded: for=\"%s\"");

    @Test
    void thereAreFiftyMalformedAddressesAndMore() {
        assertThat(MALFORMED).hasSizeGreaterThan(50).doesNotHaveDuplicates();
    }

    /// The rule itself, without which nothing below would mean anything.
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1, ACCEPTED",
        "127.0.0.1, 127.0.0.2, REFUSED",
        "::1, ::1, ACCEPTED",
        "127.0.0.1, ::1, REFUSED",
        "::1, 127.0.0.1, REFUSED"
    })
    void aTransferIsForTheAddressThatAskedForIt(String minted, String redeemed, Verdict verdict) {
        var token = app(world(), direct(minted)).mint(direct(minted));
        assertThat(redeem(direct(redeemed), token)).isEqualTo(verdict);
    }

    /// R30.1, R30.2: neither what is well-formed nor what isn't.
    @Test
    void nothingThatAnUntrustedPeerSaysCounts() {
        var login = app(world(), direct(APP));
        var claims = Stream.concat(MALFORMED.stream(), Stream.of(APP, OTHER, "::1")).toList();
        for (var claim : claims)
            for (var family : FAMILIES_OF_HEADERS) {
                var header = family.formatted(claim);
                var token = login.mint(direct(APP), header);
                assertThat(redeem(direct(APP), token, header))
                        .as(header)
                        .isEqualTo(Verdict.ACCEPTED);
                var other = login.mint(direct(APP), header);
                assertThat(redeem(direct(OTHER), other, header))
                        .as(header)
                        .isEqualTo(Verdict.REFUSED);
            }
    }

    @Test
    void nothingThatAnUntrustedPeerSaysOverIpv6Counts() {
        var login = app(world(), direct("::1"));
        for (var claim : MALFORMED) {
            var header = "X-Forwarded-For: " + claim;
            var token = login.mint(direct("::1"), header);
            assertThat(redeem(direct("::1"), token, header)).as(claim).isEqualTo(Verdict.ACCEPTED);
        }
        var token = login.mint(direct("::1"), "X-Forwarded-For: " + APP);
        assertThat(redeem(direct(APP), token, "X-Forwarded-For: ::1")).isEqualTo(Verdict.REFUSED);
    }

    /// R30.5: a public client proves nothing, so it has no say, whatever its settings are.
    @Test
    void aPublicClientForwardsNobody() {
        operator()
                .call(
                        "PATCH",
                        "clients/" + World.APP,
                        "{\"is_token_endpoint_ip_header_trusted\":true}");
        var login = app(world(), direct(APP));
        for (var claim : Stream.concat(MALFORMED.stream(), Stream.of(OTHER, "::1")).toList()) {
            var token = login.mint(direct(APP), "auth0-forwarded-for: " + claim);
            assertThat(redeem(direct(APP), token)).as(claim).isEqualTo(Verdict.ACCEPTED);
        }
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.2, 127.0.0.2", "::ffff:127.0.0.2, 127.0.0.2", "0:0::1, ::1"})
    void aTrustedConfidentialClientForwardsOneAddress(String said, String meant) {
        var login = backendLogin();
        var header = "auth0-forwarded-for: " + said;
        assertThat(redeem(direct(meant), login.mint(direct(APP), header)))
                .isEqualTo(Verdict.ACCEPTED);
        assertThat(redeem(direct(APP), login.mint(direct(APP), header))).isEqualTo(Verdict.REFUSED);
    }

    @Test
    void whatATrustedConfidentialClientGarblesIsIgnored() {
        var login = backendLogin();
        var more =
                Stream.of(OTHER + ", " + OTHER, OTHER + ",", "," + OTHER, OTHER + ":80", "[::1]");
        for (var claim : Stream.concat(MALFORMED.stream(), more).toList()) {
            var token = login.mint(direct(APP), "auth0-forwarded-for: " + claim);
            assertThat(redeem(direct(APP), token)).as(claim).isEqualTo(Verdict.ACCEPTED);
        }
        var twice = "auth0-forwarded-for: " + OTHER;
        assertThat(redeem(direct(APP), login.mint(direct(APP), twice, twice)))
                .isEqualTo(Verdict.ACCEPTED);
    }

    /// At `/authorize` it is always the browser's address.
    @Test
    void aBrowserForwardsNobody() {
        var login = backendLogin();
        var header = "auth0-forwarded-for: " + APP;
        assertThat(redeem(direct(OTHER), login.mint(direct(APP)), header))
                .isEqualTo(Verdict.REFUSED);
        assertThat(redeem(direct(APP), login.mint(direct(APP)), "auth0-forwarded-for: " + OTHER))
                .isEqualTo(Verdict.ACCEPTED);
    }

    private Proxy proxy(Proxy.Way way) throws Exception {
        return new Proxy(PROXY, direct(PROXY).to(), way);
    }

    /// R30.2: whoever stands behind the proxy may say what they like before it.
    @ParameterizedTest
    @EnumSource
    void behindATrustedProxyItsWordCountsAndNobodyElses(Proxy.Way way) throws Exception {
        try (var proxy = proxy(way)) {
            var here = proxy.peer(APP, host(world()));
            var there = proxy.peer(OTHER, host(world()));
            var login = app(world(), here);
            assertThat(redeem(here, login.mint(here))).isEqualTo(Verdict.ACCEPTED);
            assertThat(redeem(there, login.mint(here))).isEqualTo(Verdict.REFUSED);
            assertThat(redeem(direct(APP), login.mint(here))).isEqualTo(Verdict.ACCEPTED);
            assertThat(redeem(here, login.mint(direct(APP)))).isEqualTo(Verdict.ACCEPTED);
            var own = way == Proxy.Way.FORWARDED ? "Forwarded: for=" : "X-Forwarded-For: ";
            for (var claim : List.of(APP, APP + ", " + own.substring(own.indexOf(' ') + 1) + APP)) {
                var line = own + claim;
                assertThat(redeem(there, login.mint(here), line))
                        .as(line)
                        .isEqualTo(Verdict.REFUSED);
                assertThat(redeem(here, login.mint(here, own + OTHER), own + OTHER))
                        .isEqualTo(Verdict.ACCEPTED);
            }
            var many = new String[20];
            for (var i = 0; i < many.length; i++) many[i] = own + APP;
            assertThat(redeem(there, login.mint(here), many)).isEqualTo(Verdict.REFUSED);
        }
    }

    /// A second family of headers that says otherwise came from the browser, or from a proxy that
    /// disagrees: nobody knows.
    @ParameterizedTest
    @EnumSource
    void twoFamiliesOfHeadersThatDisagreeAreRefusedAndBurnNothing(Proxy.Way way) throws Exception {
        var foreign = way == Proxy.Way.FORWARDED ? "X-Forwarded-For: " : "Forwarded: for=";
        try (var proxy = proxy(way)) {
            var here = proxy.peer(APP, host(world()));
            var there = proxy.peer(OTHER, host(world()));
            var token = app(world(), here).mint(here);
            assertThat(redeem(there, token, foreign + APP)).isEqualTo(Verdict.UNREAD);
            assertThat(redeem(here, token)).isEqualTo(Verdict.ACCEPTED);
        }
    }

    /// Headers that other servers believe.
    @Test
    void noOtherHeaderNamesAnybody() throws Exception {
        try (var proxy = proxy(Proxy.Way.LISTED)) {
            for (var there : List.of(direct(OTHER), proxy.peer(OTHER, host(world()))))
                for (var name :
                        List.of(
                                "X_Forwarded_For",
                                "X-Forwarded_For",
                                "X-Forwarded",
                                "X-Original-Forwarded-For",
                                "X-Real-IP",
                                "X_Real_IP",
                                "X-Client-IP",
                                "X-Cluster-Client-IP",
                                "Client-IP",
                                "True-Client-IP",
                                "CF-Connecting-IP",
                                "Fastly-Client-IP",
                                "auth0_forwarded_for")) {
                    var line = name + ": " + APP;
                    var token = app(world(), direct(APP)).mint(direct(APP));
                    assertThat(redeem(there, token, line)).as(line).isEqualTo(Verdict.REFUSED);
                }
        }
    }

    @Test
    void aFoldedLineIsRefusedAndBurnsNothing() {
        var token = app(world(), direct(APP)).mint(direct(APP));
        for (var fold : List.of("X-Forwarded-For: 127.0.0.2\r\n 127.0.0.1", "X-Forwarded-For : x"))
            assertThat(redeem(direct(APP), token, fold)).isEqualTo(Verdict.UNREAD);
        assertThat(redeem(direct(APP), token)).isEqualTo(Verdict.ACCEPTED);
    }

    /// R30.4: never "unknown, so allowed".
    @ParameterizedTest
    @EnumSource
    void whatATrustedProxyGarblesIsRefusedAndBurnsNothing(Proxy.Way way) throws Exception {
        try (var proxy = proxy(way)) {
            var here = proxy.peer(APP, host(world()));
            garbled(world(), proxy, here, app(world(), here));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatATrustedProxyGarblesOverIpv6IsRefusedAndBurnsNothing(Proxy.Way way) throws Exception {
        var world = six.orElseThrow();
        try (var proxy = new Proxy("::1", peer(world, "::1", "::1").to(), way)) {
            var here = proxy.peer("::1", host(world));
            garbled(world, proxy, here, app(world, here));
        }
    }

    private static void garbled(World world, Proxy proxy, Peer here, Login login) {
        for (var word : MALFORMED) {
            var token = login.mint(here);
            proxy.says(word);
            assertThat(redeem(world, here, token)).as(word).isEqualTo(Verdict.UNREAD);
            assertThat(login.asks(here).status()).as(word).isEqualTo(400);
            proxy.saysTheTruth();
            assertThat(redeem(world, here, token)).as(word).isEqualTo(Verdict.ACCEPTED);
        }
    }

    /// R31.1: one address, however it is written.
    @ParameterizedTest
    @CsvSource({
        "192.0.2.7, 192.0.2.7, C0000207",
        "192.0.2.7:4711, ::ffff:192.0.2.7, C0000207",
        "::FFFF:C000:0207, 192.0.2.7, C0000207",
        "[0:0:0:0:0:ffff:192.0.2.7]:80, 192.0.2.7, C0000207",
        "2001:DB8:0:0::7, [2001:db8::7]:443, 20010DB8000000000000000000000007",
        "2001:db8::192.0.2.7, 2001:db8::c000:207, 20010DB80000000000000000C0000207",
        "::192.0.2.7, ::c000:207, 000000000000000000000000C0000207"
    })
    void oneAddressHasOneForm(String minted, String redeemed, String stored) throws Exception {
        for (var world : List.of(world(), six.orElseThrow())) {
            var isSix = world != world();
            var server = isSix ? peer(world, "::1", "::1") : direct(PROXY);
            for (var way : Proxy.Way.values())
                try (var proxy = new Proxy(isSix ? "::1" : PROXY, server.to(), way)) {
                    var here = proxy.peer(isSix ? "::1" : APP, host(world));
                    proxy.says(minted);
                    var login = app(world, here);
                    var token = login.mint(here);
                    assertThat(newestTransfer(world)).isEqualTo(stored);
                    proxy.says(redeemed);
                    assertThat(redeem(world, here, token)).isEqualTo(Verdict.ACCEPTED);
                    proxy.says("192.0.2.8");
                    assertThat(redeem(world, here, login.mint(here))).isEqualTo(Verdict.ACCEPTED);
                    proxy.says(minted);
                    var bound = login.mint(here);
                    proxy.says("192.0.2.8");
                    assertThat(redeem(world, here, bound)).isEqualTo(Verdict.REFUSED);
                }
        }
    }

    /// R31.1: IPv4 on an IPv6 socket.
    @Test
    void whatIsStoredIsCanonical() {
        app(world(), direct(APP)).mint(direct(APP));
        assertThat(newestTransfer(world())).isEqualTo("7F000001");
        app(world(), direct("::1")).mint(direct("::1"));
        assertThat(newestTransfer(world())).isEqualTo("0".repeat(31) + "1");
        for (var world : List.of(world(), six.orElseThrow()))
            for (var column :
                    List.of(
                            "session_transfer_token.ip",
                            "session.initial_ip",
                            "session.last_ip",
                            "token_family.initial_ip",
                            "token_family.last_ip")) {
                var place = column.split("\\.", -1);
                var texts = query(world, "SELECT hex(%s) FROM %s".formatted(place[1], place[0]));
                assertThat(texts)
                        .as(column)
                        .allMatch(text -> text.length() == 8 || text.length() == 32)
                        .noneMatch(text -> text.startsWith("0".repeat(20) + "FFFF"));
            }
    }

    private static String newestTransfer(World world) {
        return query(
                        world,
                        "SELECT hex(ip) FROM session_transfer_token ORDER BY rowid DESC LIMIT 1")
                .getFirst();
    }

    private static List<String> query(World world, String sql) {
        var file = world.folder().resolve("segue.db");
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = connection.prepareStatement(sql);
                var rows = statement.executeQuery()) {
            var texts = new ArrayList<String>();
            while (rows.next()) texts.add(rows.getString(1));
            return texts;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
