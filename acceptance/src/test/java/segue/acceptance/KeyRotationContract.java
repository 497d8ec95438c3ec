package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/// Two processes on one database whose signing keys rotate and are revoked (THREATS R44.3, R44.4;
/// docs/keys.md).
abstract class KeyRotationContract {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int ALGORITHMS = 3;
    private static final String OPERATOR = "operatorAAAAAAAAAAAAAAAAAAAAAAAA";
    private static final String SECRET = "a-secret-of-the-operator-0123456789-0123456789";
    private static final Pattern NEXT = Pattern.compile("next (?:signing )?key (\\S+) \\(");

    @TempDir private Path folder = Path.of("");
    private final Wire wire = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());

    /// Of an empty database.
    abstract Map<String, String> database(Path folder) throws IOException;

    abstract TimeTravel timeTravel(Path folder);

    private Map<String, String> settings() throws IOException {
        var settings = new HashMap<>(database(folder));
        settings.put("server.port", "0");
        settings.put("data-dir", folder.resolve("data").toString());
        settings.put("bootstrap.client-id", OPERATOR);
        settings.put("bootstrap.client-secret", SECRET);
        return settings;
    }

    private JsonNode jwks(URI issuer) {
        return wire.get(issuer.resolve(".well-known/jwks.json"), "").json();
    }

    private Set<String> published(URI issuer) {
        var kids = new HashSet<String>();
        for (JsonNode key : jwks(issuer).path("keys"))
            if (key.path("alg").asString().equals("RS256")) kids.add(key.path("kid").asString());
        return kids;
    }

    /// @param first the node that made the tenant, and named the Management API
    private String token(URI issuer, URI first) {
        var answer =
                wire.postForm(
                        issuer.resolve("oauth/token"),
                        Map.of(
                                "grant_type",
                                "client_credentials",
                                "client_id",
                                OPERATOR,
                                "client_secret",
                                SECRET,
                                "audience",
                                first + "api/v2/"),
                        Map.of());
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer.text("access_token");
    }

    private static String kid(String token) throws Exception {
        return SignedJWT.parse(token).getHeader().getKeyID();
    }

    private int status(URI issuer, String token) {
        return wire.get(issuer.resolve("api/v2/clients"), token).status();
    }

    private void assertVerifiesBy(List<URI> nodes, String token) throws Exception {
        for (var node : nodes)
            assertThat(new JoseReader(jwks(node).toString()).isSigned(token, "RS256")).isTrue();
    }

    private static void await(String what, BooleanSupplier condition) throws Exception {
        var end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long: " + what).isLessThan(end);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private Process command(String... words) throws IOException {
        var line =
                new ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path", ""),
                                "segue.demo.Main",
                                "keys"));
        line.addAll(List.of(words));
        settings().forEach((key, value) -> line.addAll(List.of("--set", key + "=" + value)));
        return new ProcessBuilder(line)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
    }

    private static String output(Process process) throws Exception {
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    private static List<String> added(String output) {
        return NEXT.matcher(output).results().map(found -> found.group(1)).toList();
    }

    @Test
    void whenTwoNodesFindARotationDueOneMakesItAndNeitherSignsTooSoon() throws Exception {
        var travel = timeTravel(folder);
        try (var one = new Node(settings(), folder);
                var two = new Node(settings(), folder)) {
            var nodes = List.of(one.issuer(), two.issuer());
            var first = kid(token(one.issuer(), one.issuer()));
            assertThat(kid(token(two.issuer(), one.issuer()))).isEqualTo(first);

            travel.ageKeys(Duration.ofDays(90));
            await(
                    "both publish the next key",
                    () -> nodes.stream().allMatch(node -> published(node).size() == 2));
            assertThat(published(one.issuer())).isEqualTo(published(two.issuer()));
            var next = new HashSet<>(published(one.issuer()));
            next.remove(first);
            for (var node : nodes) assertThat(kid(token(node, one.issuer()))).isEqualTo(first);

            // Their schedules go on, and find nothing to do.
            var old = token(one.issuer(), one.issuer());
            travel.ageKeys(Duration.ofMinutes(5));
            await(
                    "both sign with it",
                    () ->
                            nodes.stream()
                                    .allMatch(node -> signsWithOneOf(next, node, one.issuer())));
            assertThat(added(one.output() + two.output())).hasSize(ALGORITHMS).containsAll(next);

            for (var node : nodes) assertThat(published(node)).contains(first).hasSize(2);
            assertThat(status(one.issuer(), old)).isEqualTo(200);

            travel.ageKeys(Duration.ofDays(31));
            await(
                    "both forget the first",
                    () -> nodes.stream().allMatch(node -> published(node).equals(next)));
            assertThat(status(one.issuer(), old)).isEqualTo(401);
        }
    }

    private boolean signsWithOneOf(Set<String> kids, URI node, URI first) {
        try {
            return kids.contains(kid(token(node, first)));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aKeyThatIsRevokedIsGoneFromEveryNodeAndWhatItSignedIsRefused() throws Exception {
        try (var one = new Node(settings(), folder);
                var two = new Node(settings(), folder)) {
            var nodes = List.of(one.issuer(), two.issuer());
            var old = token(one.issuer(), one.issuer());
            var revoked = kid(old);
            assertThat(status(one.issuer(), old)).isEqualTo(200);
            var said = output(command("revoke", revoked));
            assertThat(said).contains("revoked key " + revoked, "in its place key ");
            await(
                    "it is gone",
                    () -> nodes.stream().noneMatch(node -> published(node).contains(revoked)));
            assertThat(status(one.issuer(), old)).isEqualTo(401);
            for (var node : nodes) {
                var fresh = token(node, one.issuer());
                assertThat(said).contains("in its place key " + kid(fresh) + " (RS256)");
                assertVerifiesBy(nodes, fresh);
            }
        }
    }

    @Test
    void ofCommandsThatRaceOneRotates() throws Exception {
        output(command("rotate"));
        timeTravel(folder).ageKeys(Duration.ofMinutes(5));
        var racing = new ArrayList<Process>();
        for (var i = 0; i < 4; i++) racing.add(command("rotate"));
        var said = new ArrayList<String>();
        for (var process : racing) said.add(output(process));
        assertThat(said.stream().flatMap(it -> added(it).stream()).toList())
                .hasSize(ALGORITHMS)
                .doesNotHaveDuplicates();
        assertThat(said).filteredOn(it -> it.contains("waiting")).hasSize(3);
    }

    /// The operator's machine may be any: no native library, or one that doesn't load.
    @Test
    void withoutItsNativeLibraryANodeStartsAndSignsWithTheSameKeys() throws Exception {
        var loads = "-Dcom.amazon.corretto.crypto.provider.useExternalLib=false";
        var missing = "-Dcom.amazon.corretto.crypto.provider.useExternalLib=true";
        try (var one = new Node(settings(), folder, List.of(loads));
                var two = new Node(settings(), folder, List.of(missing))) {
            assertThat(two.output()).contains("tokens are signed by the JDK's provider");
            assertThat(one.output()).containsOnlyOnce("tokens are signed by ");
            var nodes = List.of(one.issuer(), two.issuer());
            for (var node : nodes) assertVerifiesBy(nodes, token(node, one.issuer()));
        }
    }
}
