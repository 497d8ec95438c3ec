package segue.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

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
    void theDoctorFindsAFreshInstallationHealthy() {
        var ran = here("doctor");
        assertThat(ran.code()).isZero();
        assertThat(ran.out().lines()).allMatch(line -> line.startsWith("ok "));
        assertThat(ran.out()).contains("configuration", "database", "keys", "clock", "tls");
    }

    @Test
    void theDoctorFindsWhatIsBroken() throws IOException {
        here("doctor");
        Files.writeString(folder.resolve("master.key"), "not a key");
        var ran = here("doctor");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out()).contains("FAIL");
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

    private Ran here(String... words) {
        var all = new ArrayList<>(List.of(words));
        all.add("--set");
        all.add("data-dir=" + folder);
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
