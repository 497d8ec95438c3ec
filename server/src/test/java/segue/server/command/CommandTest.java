package segue.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

final class CommandTest {
    private static final String TENANT =
            """
            clients:
              - name: Shop
                client_id: shopAAAAAAAAAAAAAAAAAAAAAAAAAAAA
                client_secret: ${SHOP_SECRET}
                app_type: regular_web
            rules:
              - name: old
            """;

    @TempDir Path folder;

    /// What a command left behind.
    private record Ran(int code, String out, String err) {}

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sevre | did you mean segue serve?",
                "serve --confg x | did you mean --config",
                "tenant imprt x | did you mean segue tenant import?",
                "tenant | import or export",
                "keys | rotate",
                "keys | revoke",
                "tenant import | see segue help tenant import",
                "help nothing | segue help",
                "--nothing | segue help",
            })
    void whatIsntUnderstoodExitsWith2AndAHint(String line, String hint) {
        var ran = run(line.split(" "));
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err().strip()).contains(hint).doesNotContain("\n");
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void helpListsTheCommands() {
        var ran = run("help");
        assertThat(ran.code()).isZero();
        assertThat(ran.out()).contains("serve", "doctor", "tenant", "keys");
        assertThat(run("help", "serve").out()).contains("--config", "--set");
    }

    @Test
    void mistakenSettingsAreToldOnePerLineAndExitWith1() {
        var ran = run("serve", "--set", "server.port=x", "--set", "nothing=1");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err().lines())
                .containsExactlyInAnyOrder(
                        "--set: server.port: \"x\" doesn't fit; give a whole number from 0 to"
                                + " 65535",
                        "--set: \"nothing\": unknown key; see docs/configuration.md for all keys");
    }

    @Test
    void theDoctorFindsAFreshInstallationHealthyAndMakesNothing() throws IOException {
        var fresh = here("doctor");
        assertThat(fresh.out().lines()).allMatch(line -> line.startsWith("ok "));
        assertThat(fresh.code()).isZero();
        assertThat(fresh.out())
                .contains("configuration", "tls", "proxy", "database", "schema", "keys");
        assertThat(here("doctor", "--set", "server.tls.mode=dev").code()).isZero();
        assertThat(files()).isEmpty();
    }

    @Test
    void theDoctorFindsAPreparedInstallationHealthyAndChangesNothing() throws IOException {
        here("keys", "rotate");
        var before = files();
        var ran = here("doctor");
        assertThat(ran.out().lines()).allMatch(line -> line.startsWith("ok "));
        assertThat(ran.code()).isZero();
        assertThat(ran.out()).contains("schema         version 1", "clock", "the master key opens");
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void theDoctorFindsWhatIsBroken() throws IOException {
        here("keys", "rotate");
        var key = folder.resolve("master.key");
        var right = Files.readString(key);
        Files.writeString(key, "not a key");
        assertThat(failures("doctor")).singleElement().asString().contains("keys", "256-bit key");
        Files.writeString(key, "00".repeat(32));
        assertThat(failures("doctor")).singleElement().asString().contains("does not open");
        Files.delete(key);
        assertThat(failures("doctor")).singleElement().asString().contains("keys", "master.key");
        assertThat(files()).doesNotContainKey("master.key");
        Files.writeString(key, right);
        assertThat(failures("doctor")).isEmpty();
    }

    /// Promise P8: an installation that has lost its database is no fresh one.
    @Test
    void aKeyWithoutItsDatabaseIsRefusedAndNothingIsMade() throws IOException {
        here("keys", "rotate");
        var database = folder.resolve("segue.db");
        Files.delete(database);
        var before = files();
        for (var command : List.of("serve", "keys rotate")) {
            var ran = here(command.split(" "));
            assertThat(ran.code()).isEqualTo(1);
            assertThat(ran.err().strip())
                    .contains("segue.db is missing", "master.key", "restore")
                    .doesNotContain("\n");
        }
        assertThat(failures("doctor")).singleElement().asString().contains("segue.db is missing");
        assertThat(files()).isEqualTo(before);
        Files.createFile(database);
        assertThat(here("serve").code()).isEqualTo(1);
        Files.delete(folder.resolve("master.key"));
        assertThat(here("keys", "rotate").code()).isZero();
    }

    @Test
    void theDoctorFindsADatabaseThatIsNoneOfOurs() throws IOException {
        Files.writeString(folder.resolve("segue.db"), "no database".repeat(1000));
        var before = files();
        assertThat(failures("doctor")).singleElement().asString().contains("database");
        assertThat(files()).isEqualTo(before);
        assertThat(failures("doctor", "--set", "data-dir=" + folder.resolve("segue.db/data")))
                .singleElement()
                .asString()
                .contains("database", "can't be written to");
    }

    @Test
    void theDoctorFindsFaultsOfTlsAndProxy() {
        var absent = "server.tls.file=" + folder.resolve("absent.pem");
        assertThat(failures("doctor", "--set", "server.tls.mode=file", "--set", absent))
                .singleElement()
                .asString()
                .contains("tls", "absent.pem");
        assertThat(failures("doctor", "--set", "server.trusted-proxies=0.0.0.0/0"))
                .singleElement()
                .asString()
                .contains("proxy");
    }

    private List<String> failures(String... words) {
        var ran = here(words);
        var lines = ran.out().lines().filter(line -> line.startsWith("FAIL")).toList();
        assertThat(ran.code()).as(ran.out()).isEqualTo(lines.isEmpty() ? 0 : 1);
        return lines;
    }

    /// What stands in the folder; of the database the name only, because SQLite tidies up its
    /// journal whenever it is opened.
    private Map<String, String> files() throws IOException {
        var found = new TreeMap<String, String>();
        try (var all = Files.walk(folder)) {
            for (var file : all.filter(Files::isRegularFile).toList()) {
                var name = folder.relativize(file).toString();
                if (name.startsWith("segue.db-")) continue;
                found.put(name, name.equals("segue.db") ? "" : Files.readString(file));
            }
        }
        return found;
    }

    @Test
    void theDoctorLooksForTheFilesThatAreNamed() {
        var ran =
                here(
                        "doctor",
                        "--set",
                        "tenant-file=" + folder.resolve("absent.yaml"),
                        "--set",
                        "network.asn-database=" + folder.resolve("absent.mmdb"));
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out().lines().filter(line -> line.startsWith("FAIL")))
                .anyMatch(line -> line.contains("tenant-file"))
                .anyMatch(line -> line.contains("network.asn-database"));
    }

    private static final Path NETWORKS = Path.of("../docs/networks");

    private static byte[] example() throws IOException {
        return Files.readAllBytes(NETWORKS.resolve("example-asn.mmdb"));
    }

    /// The same file, built on another day: the number behind `build_epoch`.
    private static byte[] builtAt(Instant moment) throws IOException {
        var bytes = example();
        var text = new String(bytes, StandardCharsets.ISO_8859_1);
        var number = text.lastIndexOf("build_epoch") + "build_epoch".length() + 2;
        ByteBuffer.wrap(bytes).putInt(number, (int) moment.getEpochSecond());
        return bytes;
    }

    private String network(byte[] file) throws IOException {
        Files.write(folder.resolve("asn.mmdb"), file);
        var ran = here("doctor", "--set", "network.asn-database=" + folder.resolve("asn.mmdb"));
        var lines = ran.out().lines().filter(it -> it.contains(" network ")).toList();
        assertThat(lines).hasSize(1);
        assertThat(ran.code()).isEqualTo(lines.getFirst().startsWith("FAIL") ? 1 : 0);
        return lines.getFirst();
    }

    /// THREATS R33.3.
    @Test
    void theDoctorTellsTypeAndAgeOfTheNetworkDatabases() throws IOException {
        var now = Instant.now();
        assertThat(network(builtAt(now.minus(Duration.ofDays(29)))))
                .startsWith("ok ")
                .contains("asn.mmdb is Segue-Example-ASN, built ", "29 days old");
        assertThat(network(builtAt(now.minus(Duration.ofDays(31)))))
                .startsWith("warn ")
                .contains("31 days old", "get a newer one");
        assertThat(network(Arrays.copyOf(example(), 100)))
                .startsWith("FAIL ")
                .contains("network.asn-database: ", "can't be used");
        var city = Files.readAllBytes(NETWORKS.resolve("example-city.mmdb"));
        assertThat(network(city)).startsWith("FAIL ").contains("not ASN or ISP");
    }

    /// Each by the name of the client, as far as it is risky.
    @Test
    void theDoctorWarnsOfRiskyClientsUntilAnActionLimitsTheirSessions() throws IOException {
        var file = folder.resolve("tenant.yaml");
        var risky =
                """
                clients:
                  - name: Shop
                    client_id: shopAAAAAAAAAAAAAAAAAAAAAAAAAAAA
                    app_type: regular_web
                    session_transfer:
                      allowed_authentication_methods: [query]
                      enforce_device_binding: none
                """;
        Files.writeString(file, risky);
        assertThat(here("tenant", "import", file.toString()).code()).isZero();
        assertThat(warnings())
                .hasSize(3)
                .allMatch(it -> it.contains("Shop: "))
                .anyMatch(it -> it.contains("enforce_device_binding"))
                .anyMatch(it -> it.contains("allowed_authentication_methods"))
                .anyMatch(it -> it.contains("transfer_session_lifetime_in_minutes"));
        Files.writeString(
                file,
                """
                actions:
                  - name: Limit
                    supported_triggers: [{id: post-login, version: v3}]
                    deployed: true
                    code: |
                      exports.onExecutePostLogin = async (event, api) => {
                        if (event.session_transfer_token) api.session.setExpiresAt(Date.now() + 60000);
                      };
                triggers:
                  post-login: [{action_name: Limit, display_name: Limit}]
                """);
        var imported = here("tenant", "import", file.toString());
        assertThat(imported.code()).as(imported.err()).isZero();
        assertThat(warnings()).hasSize(2).noneMatch(it -> it.contains("lifetime"));
    }

    private List<String> warnings() {
        return here("doctor").out().lines().filter(line -> line.startsWith("warn")).toList();
    }

    /// THREATS R33.4.
    @Test
    void aTenantFileMayBindByNetworkIfThereIsADatabase() throws IOException {
        var file = folder.resolve("tenant.yaml");
        Files.writeString(
                file,
                """
                clients:
                  - name: Shop
                    client_id: shopAAAAAAAAAAAAAAAAAAAAAAAAAAAA
                    app_type: regular_web
                    session_transfer: {enforce_device_binding: asn}
                """);
        var refused = here("tenant", "import", file.toString());
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("Shop", "network.asn-database");
        var known = "network.asn-database=" + NETWORKS.resolve("example-asn.mmdb");
        assertThat(here("tenant", "import", file.toString(), "--set", known).code()).isZero();
    }

    @Test
    void aTenantFileIsImportedOnceAndExported() throws IOException {
        var file = folder.resolve("tenant.yaml");
        Files.writeString(file, TENANT.replace("${SHOP_SECRET}", "marked-secret-of-the-shop-0001"));
        var first = here("tenant", "import", file.toString());
        assertThat(first.err().lines())
                .containsExactly("warning: rules is not supported and was left out");
        assertThat(first.code()).isZero();
        assertThat(first.out()).doesNotStartWith("0 ");
        assertThat(here("tenant", "import", file.toString()).out()).startsWith("0 ");
        var copy = folder.resolve("copy.yaml");
        assertThat(here("tenant", "export", copy.toString()).code()).isZero();
        assertThat(Files.readString(copy)).contains("Shop").doesNotContain("marked-secret");
        assertThat(here("tenant", "import", copy.toString()).out()).startsWith("0 ");
    }

    @Test
    void aTenantFileThatCantBeReadIsOneLine() throws IOException {
        var absent = here("tenant", "import", folder.resolve("absent.yaml").toString());
        assertThat(absent.code()).isEqualTo(1);
        assertThat(absent.err().lines()).hasSize(1).first().asString().contains("absent.yaml");
        var file = folder.resolve("tenant.yaml");
        Files.writeString(file, TENANT);
        var unset = here("tenant", "import", file.toString());
        assertThat(unset.code()).isEqualTo(1);
        assertThat(unset.err()).contains("SHOP_SECRET");
    }

    /// THREATS R47.8.
    @Test
    void theFirstClientIsWrittenOnceAndForItsOwnerOnly() throws IOException {
        here("tenant", "export", folder.resolve("copy.yaml").toString());
        var file = folder.resolve("bootstrap-client.json");
        var written = Files.readString(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        here("tenant", "export", folder.resolve("copy.yaml").toString());
        assertThat(Files.readString(file)).isEqualTo(written);
        assertThat(Files.readString(folder.resolve("copy.yaml"))).contains("Bootstrap");
    }

    @Test
    void keysRotateOnceAtATime() {
        assertThat(here("keys", "rotate").code()).isZero();
        assertThat(here("keys", "rotate").out()).contains("waiting");
    }

    @Test
    void aKeyIsRevokedByItsName() {
        var next = here("keys", "rotate").out().split(" ", 4)[2];
        var ran = here("keys", "revoke", next);
        assertThat(ran.code()).isZero();
        assertThat(ran.out()).contains("revoked key " + next, "in its place key ");
        var again = here("keys", "revoke", next);
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.err()).contains("segue: no published key " + next);
    }

    @Test
    void theDoctorTellsWhoSigns() {
        assertThat(here("doctor").out()).containsPattern("ok +signing +(Amazon|the JDK's)");
    }

    private Ran here(String... words) {
        var all = new ArrayList<>(List.of(words));
        if (all.stream().noneMatch(word -> word.startsWith("data-dir=")))
            all.addAll(List.of("--set", "data-dir=" + folder));
        return run(all.toArray(String[]::new));
    }

    private static Ran run(String... words) {
        var out = new StringWriter();
        var err = new StringWriter();
        var code =
                SegueCommand.commandLine()
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true))
                        .execute(words);
        return new Ran(code, out.toString(), err.toString());
    }
}
