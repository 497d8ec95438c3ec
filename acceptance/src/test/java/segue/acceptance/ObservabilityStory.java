package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.trace.v1.Span;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Phone;
import segue.demo.shop.Shop;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.InetAddress;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A whole hand-off on a node that tells everything it can: what the access log, the traces and the
/// metrics say of it, and that they say no more (docs/observability.md).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ObservabilityStory {
    private static final String PASSWORD = "marked-password-9f31c7";
    private static final String SHOP_SECRET = "marked-client-secret-0b7d".repeat(2);
    private static final String AGENT = "marked-agent/7.1";
    private static final String CALLER = "0af7651916cd43dd8448eb211c80319c";
    private static final Path PAGE = Path.of("../docs/observability.md");
    private static final Path DASHBOARD = Path.of("../docs/grafana/segue.json");
    private static final JsonMapper JSON = new JsonMapper();

    /// What must be nowhere, by what it is.
    private final Map<String, String> confidential = new LinkedHashMap<>();

    private List<String> lines = List.of();
    private List<Span> spans = List.of();
    private List<byte[]> sent = List.of();
    private String metrics = "";
    private String userId = "";
    private String familyShown = "";

    @BeforeAll
    void play(@TempDir Path folder) throws Exception {
        confidential.put("password", PASSWORD);
        confidential.put("client secret", SHOP_SECRET);
        confidential.put("e-mail", World.ADA);
        confidential.put("name", "Lovelace");
        confidential.put("user agent", AGENT);
        confidential.put("address", "127.0.0.1");
        try (var receiver = new SpanReceiver();
                var shop = new Shop()) {
            var tenant = Files.writeString(folder.resolve("tenant.yaml"), tenantFile(shop));
            var settings = new LinkedHashMap<String, String>();
            settings.put("server.port", "0");
            settings.put("data-dir", folder.resolve("data").toString());
            settings.put("tenant-file", tenant.toString());
            settings.put("log.access", "on");
            settings.put("tracing.endpoint", receiver.uri());
            settings.put("network.asn-database", network("example-asn.mmdb"));
            settings.put("network.city-database", network("example-city.mmdb"));
            try (var node = new Node(settings, folder)) {
                handOff(node, shop, folder);
                metrics =
                        new Wire(InetAddress.getLoopbackAddress(), Optional.empty())
                                .send(HttpRequest.newBuilder(node.issuer().resolve("metrics")))
                                .body();
                assertThat(node.stop()).isZero();
                lines =
                        node.output()
                                .lines()
                                .filter(line -> line.startsWith("{\"log\":\"access\""))
                                .toList();
            }
            spans = receiver.spans();
            sent = receiver.bodies();
        }
    }

    private static String network(String file) {
        return Path.of("../docs/networks").resolve(file).toAbsolutePath().toString();
    }

    private static String tenantFile(Shop shop) throws Exception {
        try (var stream = World.class.getResourceAsStream("/segue/demo/tenant.yaml")) {
            return new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8)
                    .replace("${SHOP}", shop.origin())
                    .replace("${SHOP_SECRET}", SHOP_SECRET)
                    .replace("${ADA_PASSWORD}", PASSWORD);
        }
    }

    private void handOff(Node node, Shop shop, Path folder) throws Exception {
        var wire =
                new Wire(InetAddress.getLoopbackAddress(), Optional.empty())
                        .with("User-Agent", AGENT)
                        .with("traceparent", "00-" + CALLER + "-b7ad6b7169203331-01");
        var issuer = node.issuer();
        shop.use(new Shop.Provider(issuer, World.SHOP, SHOP_SECRET), wire);
        var phone = new Phone(wire, issuer, World.APP);
        var signIn = phone.signIn(World.ADA, PASSWORD, "openid offline_access");
        confidential.put("access token", signIn.text("access_token"));
        confidential.put("ID token", signIn.text("id_token"));
        confidential.put("first refresh token", phone.refreshToken());
        var transfer = phone.exchange().text("access_token");
        confidential.put("session transfer token", transfer);
        confidential.put("second refresh token", phone.refreshToken());
        var browser = new BrowserJar(wire);
        var page = browser.open(shop.loginUri(transfer));
        assertThat(page.body()).contains("Welcome");
        confidential.put("session cookie", browser.cookie(issuer, "segue_session").orElseThrow());
        page.visited().stream()
                .map(url -> url.toString().replaceFirst(".*[?&]code=([^&]*).*", "$1"))
                .filter(code -> code.startsWith("ac_"))
                .forEach(code -> confidential.put("authorization code", code));
        assertThat(confidential).containsKey("authorization code");
        assertThat(browser.open(shop.refreshUri()).status()).isEqualTo(200);
        assertThat(new BrowserJar(wire).open(shop.loginUri(transfer)).body())
                .as("the token again")
                .doesNotContain("Welcome");
        confidential.put("path", "marked-path-1a2b");
        confidential.put("unknown client", "marked-client-3c4d");
        confidential.put("unknown token", "marked-token-5e6f");
        wire.send(HttpRequest.newBuilder(issuer.resolve("marked-path-1a2b/marked-token-5e6f")));
        wire.postForm(
                issuer.resolve("oauth/token"),
                Map.of(
                        "grant_type",
                        "refresh_token",
                        "client_id",
                        "marked-client-3c4d",
                        "refresh_token",
                        "marked-token-5e6f"),
                Map.of());
        manage(node, wire, folder);
        assertThat(phone.revoke().isOk()).isTrue();
    }

    /// The operator looks at what the log led to.
    private void manage(Node node, Wire wire, Path folder) throws Exception {
        var credentials =
                JSON.readTree(
                        Files.readString(folder.resolve("data").resolve("bootstrap-client.json")));
        confidential.put("bootstrap secret", credentials.path("client_secret").asString());
        var operator =
                new Operator(
                        wire,
                        node.issuer(),
                        credentials.path("client_id").asString(),
                        credentials.path("client_secret").asString());
        confidential.put("management token", operator.token());
        userId =
                operator.get("users-by-email?email=" + World.ADA)
                        .json()
                        .path(0)
                        .path("user_id")
                        .asString();
        confidential.put("user", userId);
        familyShown =
                operator.get("users/" + userId.replace("|", "%7C") + "/refresh-tokens")
                        .json()
                        .path("tokens")
                        .valueStream()
                        .filter(it -> it.path("client_id").asString("").equals(World.APP))
                        .map(it -> it.path("id").asString())
                        .findFirst()
                        .orElseThrow();
    }

    private List<JsonNode> access() {
        return lines.stream().map(JSON::readTree).toList();
    }

    private JsonNode line(Predicate<JsonNode> which) {
        var found = access().stream().filter(which).toList();
        assertThat(found).as("%s", access()).isNotEmpty();
        return found.getFirst();
    }

    private static Predicate<JsonNode> has(String field, String value) {
        return it -> it.path(field).asString("").equals(value);
    }

    @Test
    void aLineHasNoFieldButThoseOnThePage() throws Exception {
        var listed =
                Files.readString(PAGE)
                        .replaceFirst("(?s).*## Access log(.*?)\n## .*", "$1")
                        .lines()
                        .filter(row -> row.startsWith("| `"))
                        .map(row -> row.split("`", 3)[1])
                        .collect(Collectors.toSet());
        assertThat(lines).hasSizeGreaterThan(10);
        for (var line : access()) assertThat(listed).containsAll(line.propertyNames());
    }

    @Test
    void everyStepOfTheHandOffNamesTheNativeFamily() {
        var exchange = line(has("outcome", "granted"));
        assertThat(exchange.path("family_id").asString()).isEqualTo(familyShown);
        assertThat(exchange.path("route").asString()).isEqualTo("/oauth/token");
        assertThat(exchange.path("client_id").asString()).isEqualTo(World.APP);
        var redemption = line(has("outcome", "accepted"));
        assertThat(redemption.path("family_id").asString()).isEqualTo(familyShown);
        assertThat(redemption.path("route").asString()).isEqualTo("/authorize");
        assertThat(redemption.path("client_id").asString()).isEqualTo(World.SHOP);
        var ofTheShop =
                access().stream()
                        .filter(has("route", "/oauth/token").and(has("client_id", World.SHOP)))
                        .map(it -> it.path("family_id").asString(""))
                        .toList();
        assertThat(ofTheShop)
                .as("code exchange, refresh")
                .containsExactly(familyShown, familyShown);
    }

    @Test
    void aRefusedRedemptionTellsItsReason() {
        assertThat(line(has("outcome", "unknown_or_used")).path("route").asString())
                .isEqualTo("/authorize");
    }

    @Test
    void whatHasNoRouteIsntToldByItsPath() {
        assertThat(line(has("route", "unmatched")).path("status").asInt()).isEqualTo(404);
    }

    @Test
    void aLineHoldsNoSecretAndNothingAboutAPerson() {
        for (var line : lines)
            confidential.forEach((what, value) -> assertThat(line).as(what).doesNotContain(value));
    }

    @Test
    void aSpanHoldsNoSecretAndNothingAboutAPerson() {
        assertThat(sent).isNotEmpty();
        for (var body : sent) {
            var text = new String(body, StandardCharsets.ISO_8859_1);
            confidential.forEach(
                    (what, value) -> assertThat(text.contains(value)).as(what).isFalse());
        }
    }

    private Span span(Predicate<Span> which) {
        return spans.stream().filter(which).findFirst().orElseThrow();
    }

    private static Predicate<Span> with(String attribute, String value) {
        return it -> SpanReceiver.attribute(it, attribute).filter(value::equals).isPresent();
    }

    private static boolean leadsTo(Span from, Span to) {
        return from.getLinksList().stream()
                .anyMatch(
                        it ->
                                it.getTraceId().equals(to.getTraceId())
                                        && it.getSpanId().equals(to.getSpanId()));
    }

    @Test
    void theSpansOfAHandOffAreLinkedAndNameTheirFamily() {
        var exchange = span(with("segue.outcome", "granted"));
        var redemption = span(with("segue.outcome", "accepted"));
        var code =
                span(
                        with("segue.client_id", World.SHOP)
                                .and(with("http.route", "/oauth/token"))
                                .and(it -> leadsTo(it, redemption)));
        assertThat(leadsTo(redemption, exchange)).as("redemption to exchange").isTrue();
        for (var span : List.of(exchange, redemption, code))
            assertThat(SpanReceiver.attribute(span, "segue.family_id")).hasValue(familyShown);
        var replay = span(with("segue.outcome", "unknown_or_used"));
        assertThat(leadsTo(replay, exchange)).as("replay to exchange").isTrue();
    }

    @Test
    void whatTakesTimeIsAPartOfItsRequest() {
        var exchange = span(with("segue.outcome", "granted"));
        assertThat(parts(exchange)).contains("database transaction", "sign");
        var signIn =
                span(
                        with("segue.client_id", World.APP)
                                .and(it -> parts(it).contains("password hash")));
        assertThat(signIn.getName()).isEqualTo("POST /oauth/token");
        assertThat(parts(signIn)).contains("database transaction");
    }

    private List<String> parts(Span of) {
        return spans.stream()
                .filter(it -> it.getParentSpanId().equals(of.getSpanId()))
                .filter(it -> it.getTraceId().equals(of.getTraceId()))
                .map(Span::getName)
                .toList();
    }

    /// A stranger must not name our traces, nor choose which are kept.
    @Test
    void aCallersTraceIsLinkedAndNotJoined() {
        var exchange = span(with("segue.outcome", "granted"));
        assertThat(exchange.getLinksList())
                .extracting(it -> SpanReceiver.hex(it.getTraceId()))
                .contains(CALLER);
        assertThat(spans)
                .extracting(it -> SpanReceiver.hex(it.getTraceId()))
                .doesNotContain(CALLER);
    }

    @Test
    void aLineNamesTheTraceOfItsRequest() {
        var traced = access().stream().filter(it -> it.has("trace_id")).toList();
        assertThat(traced).hasSizeGreaterThan(10);
        for (var line : traced) {
            var span = span(with("segue.request_id", line.path("request_id").asString()));
            assertThat(SpanReceiver.hex(span.getTraceId()))
                    .isEqualTo(line.path("trace_id").asString());
        }
    }

    private Set<String> measured() {
        return metrics.lines()
                .filter(line -> line.startsWith("# TYPE segue_"))
                .map(line -> line.split(" ", -1)[2])
                .collect(Collectors.toSet());
    }

    @Test
    void thePageListsEveryMetricAndNoOther() throws Exception {
        var listed =
                Files.readString(PAGE)
                        .lines()
                        .filter(row -> row.startsWith("| `segue_"))
                        .map(row -> row.split("`", 3)[1])
                        .collect(Collectors.toSet());
        assertThat(listed).isEqualTo(measured());
    }

    @Test
    void theDashboardAsksForNothingThatIsntMeasured() throws Exception {
        var series =
                metrics.lines()
                        .filter(line -> line.startsWith("segue_"))
                        .map(line -> line.replaceFirst("[{ ].*", ""))
                        .collect(Collectors.toSet());
        var asked =
                expressions(JSON.readTree(Files.readString(DASHBOARD)))
                        .flatMap(
                                it ->
                                        Pattern.compile("segue_[a-z_]+")
                                                .matcher(it)
                                                .results()
                                                .map(match -> match.group()))
                        .collect(Collectors.toSet());
        assertThat(asked).hasSizeGreaterThan(15);
        assertThat(series).containsAll(asked);
    }

    private static Stream<String> expressions(JsonNode node) {
        return Stream.concat(
                node.findValues("expr").stream().map(it -> it.asString("")),
                node.findValues("query").stream().map(JsonNode::toString));
    }
}
