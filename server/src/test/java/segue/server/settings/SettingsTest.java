package segue.server.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.secret.Secret;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

final class SettingsTest {
    private static final String MASTER_KEY = "00112233445566778899aabbccddeeff".repeat(2);

    @TempDir Path folder;

    @Test
    void everyKeyAndEveryDefaultIsPinned() {
        var table =
                Keys.all().stream()
                        .map(key -> key.name() + " = " + key.fallback().orElse("-"))
                        .collect(Collectors.joining("\n"));
        assertThat(table)
                .isEqualTo(
                        """
                        issuer = -
                        custom-domains =\s
                        session-cookie.same-site = lax
                        server.host = 127.0.0.1
                        server.port = 8080
                        server.management-port = -
                        server.tls.mode = off
                        server.tls.file = -
                        server.tls.key-file = -
                        server.tls.password = -
                        server.trusted-proxies =\s
                        server.drain = 20s
                        server.drain-notice = 5s
                        data-dir = ./data
                        database.url = -
                        database.user = -
                        database.password = -
                        database.pool-size = -
                        master-key = -
                        keys.rotate-every = 90d
                        bootstrap.client-id = -
                        bootstrap.client-secret = -
                        tenant.name = segue
                        tenant-file = -
                        network.asn-database = -
                        network.city-database = -
                        limits.login-attempts = 10
                        limits.network-login-attempts = 100
                        limits.client-secret-attempts = 50
                        limits.sign-ups = 50/h
                        limits.exchanges-per-family = 600/min
                        limits.management = 50/s
                        limits.mismatch-revocations = 5/h
                        limits.userinfo = 50/s
                        limits.concurrent-requests = -
                        limits.connections = 8192
                        limits.url-bytes = 8192
                        limits.header-bytes = 16384
                        limits.headers = 100
                        limits.parameters = 100
                        limits.body-bytes = 65536
                        limits.management-body-bytes = 1048576
                        limits.idle-timeout = 30s
                        limits.password-hashes = -
                        limits.password-wait = 1s
                        actions.deadline = 20s
                        actions.allowed-hosts =\s
                        actions.workers = 2
                        outbound.allowed-private =\s
                        retention.ended = 30d
                        retention.logs = 30d
                        log.format = -
                        log.level = info
                        log.access = off
                        tracing.endpoint = -
                        tracing.sample = 1\
                        """);
    }

    @Test
    void withoutAnyWordFromTheOperatorTheDefaultsHold() {
        var expected =
                new Settings(
                        new Settings.Issuing(Optional.empty(), List.of(), SameSite.LAX),
                        new Settings.Server(
                                "127.0.0.1",
                                8080,
                                Optional.empty(),
                                new Settings.Tls.Off(),
                                List.of(),
                                Duration.ofSeconds(20),
                                Duration.ofSeconds(5)),
                        Path.of("./data"),
                        new Settings.Database.Embedded(Path.of("./data/segue.db")),
                        Optional.empty(),
                        new Settings.SigningKeys(Optional.of(Duration.ofDays(90))),
                        Optional.empty(),
                        new Settings.Tenant("segue", Optional.empty()),
                        new Settings.Network(Optional.empty(), Optional.empty()),
                        new Settings.Limits(
                                10,
                                100,
                                50,
                                new Rate(50, Duration.ofHours(1)),
                                new Rate(600, Duration.ofMinutes(1)),
                                new Rate(50, Duration.ofSeconds(1)),
                                new Rate(5, Duration.ofHours(1)),
                                new Rate(50, Duration.ofSeconds(1)),
                                new Settings.Requests(
                                        128 * Runtime.getRuntime().availableProcessors(),
                                        8192,
                                        8192,
                                        16_384,
                                        100,
                                        100,
                                        65_536,
                                        1_048_576,
                                        Duration.ofSeconds(30)),
                                Runtime.getRuntime().availableProcessors(),
                                Duration.ofSeconds(1)),
                        new Settings.Actions(Duration.ofSeconds(20), List.of(), 2),
                        new Settings.Outbound(List.of()),
                        new Settings.Retention(Duration.ofDays(30), Duration.ofDays(30)),
                        new Settings.Log(Optional.empty(), LogLevel.INFO, false),
                        Optional.empty());
        assertThat(Settings.of(Map.of())).isEqualTo(expected);
    }

    @Test
    void everyKeyHasAVariableOfItsOwn() {
        var variables = Keys.all().stream().map(Key::variable).toList();
        assertThat(new HashSet<>(variables)).hasSameSizeAs(variables);
        assertThat(Keys.DATABASE_URL.variable()).isEqualTo("SEGUE_DATABASE_URL");
        assertThat(Keys.BOOTSTRAP_SECRET.variable()).isEqualTo("SEGUE_BOOTSTRAP_CLIENT_SECRET");
    }

    @Test
    void flagsWinOverTheEnvironmentAndThatOverTheFile() throws IOException {
        var file = yaml("server:\n  port: 1001\ntenant.name: fromfile\nlog.level: warn\n");
        var environment = Map.of("SEGUE_SERVER_PORT", "1002", "SEGUE_LOG_LEVEL", "error");
        var settings = accepted(file, environment, "server.port=1003");
        assertThat(settings.server().port()).isEqualTo(1003);
        assertThat(settings.log().level()).isEqualTo(LogLevel.ERROR);
        assertThat(settings.tenant().name()).isEqualTo("fromfile");
    }

    @Test
    void theFileInTheWorkingDirectoryIsReadUnlessAnotherIsNamed() throws IOException {
        Files.writeString(folder.resolve("segue.yaml"), "tenant.name: here");
        var other = Files.writeString(folder.resolve("other.yaml"), "tenant.name: there");
        var usual = Sources.of(Optional.empty(), folder, Map.of(), List.of());
        var named = Sources.of(Optional.of(other), folder, Map.of(), List.of());
        assertThat(accepted(usual).tenant().name()).isEqualTo("here");
        assertThat(accepted(named).tenant().name()).isEqualTo("there");
    }

    @Test
    void allMistakesOfAllSourcesAreToldAtOnce() throws IOException {
        var file =
                yaml(
                        """
                        server:
                          prot: 80
                          port: eighty
                          tls: {mode: [dev]}
                        limits:
                          management: fifty
                        """);
        var environment = Map.of("SEGUE_DATABASE_URI", "x", "SEGUE_SERVER_DRAIN", "soon");
        assertThat(refused(file, environment, "nothing", "issuer=http://id.example.com/"))
                .containsExactlyInAnyOrder(
                        "segue.yaml:2: \"server.prot\": unknown key; did you mean server.port?",
                        "environment: \"SEGUE_DATABASE_URI\": unknown variable; did you mean"
                                + " SEGUE_DATABASE_URL?",
                        "--set: \"nothing\": there is no value; give --set key=value",
                        "segue.yaml:3: server.port: \"eighty\" doesn't fit; give a whole number"
                                + " from 0 to 65535",
                        "segue.yaml:4: server.tls.mode: this is a list; give off or file or dev",
                        "environment SEGUE_SERVER_DRAIN: server.drain: \"soon\" doesn't fit; give a"
                                + " time like 500ms, 20s, 15m, 12h or 30d",
                        "segue.yaml:6: limits.management: \"fifty\" doesn't fit; give a rate like"
                                + " 50/s, 600/min, 5/h or 100/d",
                        "--set: issuer: an http issuer is for loopback hosts only; give"
                                + " https://id.example.com/");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://id.example.com",
                "https://id.example.com/auth/",
                "https://id.example.com/?a=b",
                "https://id.example.com/#x",
                "https://user@id.example.com/",
                "https://ID.example.com/",
                "ftp://id.example.com/",
                "//id.example.com/",
                "id.example.com",
                "https:///",
                ""
            })
    void anIssuerIsAnOriginWithASlash(String issuer) {
        assertThat(refused("issuer=" + issuer, "server.tls.mode=dev"))
                .singleElement()
                .asString()
                .startsWith("--set: issuer: ")
                .contains("give https://host/");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://id.example.com/",
                "http://10.0.0.1/",
                "http://localhost.evil.example/",
                "http://[2001:db8::1]/"
            })
    void aPublicIssuerOverHttpIsRefused(String issuer) {
        assertThat(refused("issuer=" + issuer)).hasSize(1);
        assertThat(refused("issuer=" + issuer, "server.trusted-proxies=10.0.0.0/8")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:8080/", "http://127.0.0.1/", "http://[::1]:9/"})
    void aLoopbackIssuerMayBeHttp(String issuer) {
        var settings = Settings.of(Map.of("issuer", issuer));
        assertThat(settings.issuing().issuer()).contains(URI.create(issuer));
        assertThat(settings.issuer(1)).isEqualTo(issuer);
        assertThat(refused("issuer=" + issuer, "server.tls.mode=dev")).hasSize(1);
    }

    @Test
    void aPublicIssuerNeedsTlsOrATrustedProxy() {
        var issuer = "issuer=https://id.example.com/";
        assertThat(refused(issuer))
                .containsExactly(
                        "--set: issuer: an https issuer needs someone who speaks TLS; set"
                            + " server.tls.mode, or server.trusted-proxies to the addresses of your"
                            + " proxy");
        assertThat(accepted(issuer, "server.tls.mode=dev").issuer(1))
                .isEqualTo("https://id.example.com/");
        assertThat(accepted(issuer, "server.trusted-proxies=10.0.0.0/8").issuer(1))
                .isEqualTo("https://id.example.com/");
    }

    @Test
    void anIssuerThatIsLeftToUsFollowsPortAndTls() {
        assertThat(accepted().issuer(8080)).isEqualTo("http://localhost:8080/");
        assertThat(accepted("server.tls.mode=dev").issuer(443)).isEqualTo("https://localhost:443/");
    }

    @Test
    void aSharedDatabaseNeedsTheKeyAndTheClientFromTheOperator() {
        assertThat(refused("database.url=jdbc:postgresql://db/segue"))
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line).startsWith("default: master-key: this is missing"),
                        line ->
                                assertThat(line)
                                        .startsWith("default: bootstrap.client-id: this is"),
                        line -> assertThat(line).startsWith("default: bootstrap.client-secret: "));
        var settings =
                accepted(
                        "database.url=jdbc:postgresql://db/segue",
                        "database.user=segue",
                        "database.password=pw",
                        "master-key=" + MASTER_KEY,
                        "bootstrap.client-id=boot",
                        "bootstrap.client-secret=boots");
        assertThat(settings.databaseIsShared()).isTrue();
        assertThat(settings.bootstrap().orElseThrow().clientSecret().reveal()).isEqualTo("boots");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "database.user=x | database.user",
                "database.password=x | database.password",
                "server.tls.mode=file | server.tls.file",
                "server.tls.file=x.pem | server.tls.file",
                "server.tls.key-file=x.pem | server.tls.key-file",
                "server.tls.password=x | server.tls.password",
                "bootstrap.client-id=x | bootstrap.client-secret",
                "bootstrap.client-secret=x | bootstrap.client-id",
                "session-cookie.same-site=none | session-cookie.same-site",
                "server.management-port=8080 | server.management-port",
                "master-key=abc | master-key",
                "custom-domains=https://x.example | custom-domains",
                "server.trusted-proxies=10.0.0.1/8 | server.trusted-proxies",
                "server.trusted-proxies=127.1 | server.trusted-proxies",
                "server.trusted-proxies=proxy.example | server.trusted-proxies",
                "database.url=jdbc:mysql://db/x | database.url",
                "retention.logs=0d | retention.logs",
                "keys.rotate-every=23h | keys.rotate-every",
                "keys.rotate-every=never | keys.rotate-every",
                "limits.management=0/s | limits.management",
                "log.format=xml | log.format",
                "server.port=65536 | server.port",
                "server.port=-1 | server.port",
                "tenant.name= | tenant.name",
            })
    void whatCantBeIsRefused(String flag, String key) {
        assertThat(refused(flag)).singleElement().asString().contains(": " + key + ": ");
    }

    @Test
    void keysNeedNotBeRotatedByThemselves() {
        assertThat(accepted("keys.rotate-every=off").keys().rotateEvery()).isEmpty();
        assertThat(accepted("keys.rotate-every=1d").keys().rotateEvery())
                .hasValue(Duration.ofDays(1));
    }

    @Test
    void aSecretMayStandInAFile() throws IOException {
        var file = Files.writeString(folder.resolve("key"), MASTER_KEY + "\n");
        var settings = accepted("master-key=file:" + file);
        assertThat(settings.masterKey().map(Secret::reveal)).contains(MASTER_KEY);
        assertThat(refused("master-key=file:" + folder.resolve("absent"))).hasSize(1);
    }

    @Test
    void noSecretIsEverPrinted() throws IOException {
        var wrong =
                yaml(
                        """
                        master-key: canary-one
                        database: {password: canary-two, url: "jdbc:postgresql://h/d?password=canary-three"}
                        bootstrap.client-secret: [canary-four]
                        server.tls.password: canary-five
                        """);
        assertThat(refused(wrong, Map.of())).hasSizeGreaterThan(3).noneMatch(this::hasCanary);
        var broken = yaml("master-key: canary\n  database.password: \"canary");
        assertThat(refused(broken, Map.of()))
                .noneMatch(this::hasCanary)
                .contains("segue.yaml:2: file: this isn't well-formed YAML; mend this line");
        var settings =
                accepted(
                        "master-key=" + MASTER_KEY,
                        "bootstrap.client-id=boot",
                        "bootstrap.client-secret=canary");
        assertThat(settings.toString()).doesNotContain(MASTER_KEY).doesNotContain("canary");
    }

    @Test
    void aScalarStaysTheTextThatWasTyped() throws IOException {
        var file =
                yaml(
                        """
                        bootstrap:
                          client-id: 0123
                          client-secret: 1_000e3
                        """);
        var bootstrap = accepted(file, Map.of()).bootstrap().orElseThrow();
        assertThat(bootstrap.clientId()).isEqualTo("0123");
        assertThat(bootstrap.clientSecret().reveal()).isEqualTo("1_000e3");
    }

    @Test
    void listsAreListsInYamlAndCommaSeparatedElsewhere() throws IOException {
        var inFile = yaml("custom-domains: [a.example, b.example]\n");
        var expected = List.of("a.example", "b.example");
        assertThat(accepted(inFile, Map.of()).issuing().customDomains()).isEqualTo(expected);
        assertThat(accepted("custom-domains=a.example, b.example").issuing().customDomains())
                .isEqualTo(expected);
        var nested = yaml("custom-domains: [[a.example]]\n");
        assertThat(refused(nested, Map.of())).hasSize(1);
    }

    @Test
    void aFileIsJudgedByItsLines() throws IOException {
        assertThat(refused(yaml("a: &x 1\nlog.level: *x\n"), Map.of())).hasSize(2);
        assertThat(refused(yaml("log.level: info\nlog: {level: warn}\n"), Map.of()))
                .containsExactly(
                        "segue.yaml:2: \"log.level\": given twice in this file; give it once");
        assertThat(refused(yaml("- a\n"), Map.of())).hasSize(1);
        assertThat(accepted(yaml("# nothing\n"), Map.of())).isEqualTo(accepted());
        assertThat(accepted(yaml("tenant-file:\n"), Map.of())).isEqualTo(accepted());
        var absent =
                Sources.of(Optional.of(folder.resolve("absent.yaml")), folder, Map.of(), List.of());
        assertThat(lines(Settings.load(absent))).hasSize(1);
    }

    @Test
    void tlsFromFilesKnowsItsFiles() {
        var settings =
                accepted(
                        "server.tls.mode=file",
                        "server.tls.file=chain.pem",
                        "server.tls.key-file=key.pem");
        assertThat(settings.server().tls())
                .isEqualTo(
                        new Settings.Tls.Files(
                                Path.of("chain.pem"),
                                Optional.of(Path.of("key.pem")),
                                Optional.empty()));
    }

    @Test
    void aProgramThatErrsHearsAllProblems() {
        assertThatThrownBy(() -> Settings.of(Map.of("server.port", "x", "log.level", "y")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("server.port")
                .hasMessageContaining("log.level");
    }

    private boolean hasCanary(String line) {
        return line.contains("canary");
    }

    private Path yaml(String text) throws IOException {
        return Files.writeString(folder.resolve("segue.yaml"), text);
    }

    private static Settings accepted(String... flags) {
        return accepted(new Sources(Optional.empty(), Map.of(), Arrays.asList(flags)));
    }

    private static Settings accepted(Path file, Map<String, String> environment, String... flags) {
        return accepted(new Sources(Optional.of(file), environment, Arrays.asList(flags)));
    }

    private static Settings accepted(Sources sources) {
        return switch (Settings.load(sources)) {
            case Settings.Loaded.Accepted(var settings) -> settings;
            case Settings.Loaded.Refused(var problems) ->
                    throw new AssertionError(problems.toString());
        };
    }

    private static List<String> refused(String... flags) {
        return lines(Settings.load(new Sources(Optional.empty(), Map.of(), Arrays.asList(flags))));
    }

    private static List<String> refused(
            Path file, Map<String, String> environment, String... flags) {
        return lines(
                Settings.load(new Sources(Optional.of(file), environment, Arrays.asList(flags))));
    }

    private static List<String> lines(Settings.Loaded loaded) {
        return switch (loaded) {
            case Settings.Loaded.Accepted(var settings) ->
                    throw new AssertionError("accepted: " + settings);
            case Settings.Loaded.Refused(var problems) ->
                    problems.stream().map(Problem::line).toList();
        };
    }
}
