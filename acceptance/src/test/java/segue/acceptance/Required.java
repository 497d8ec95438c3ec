package segue.acceptance;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What a test needs beside a JDK. Where it is missing the test is skipped by name; with
/// `-Dsegue.require=…` it fails.
final class Required {
    private Required() {}

    /// A program on the usual paths.
    static Path program(String name) {
        for (var folder : List.of("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")) {
            var file = Path.of(folder, name);
            if (Files.isExecutable(file)) return file;
        }
        missing(name);
        throw new IllegalStateException();
    }

    /// The loopback address of IPv6, by the name `ipv6`. Some containers have none.
    static void ipv6() {
        try (var _ = new ServerSocket(0, 1, InetAddress.ofLiteral("::1"))) {
            return;
        } catch (IOException e) {
            missing("ipv6");
        }
    }

    private static void missing(String name) {
        var isRequired =
                List.of(System.getProperty("segue.require", "").split(",", -1)).contains(name);
        if (isRequired) throw new AssertionError(name + " is required and not here");
        assumeTrue(false, name + " is not here");
    }
}
