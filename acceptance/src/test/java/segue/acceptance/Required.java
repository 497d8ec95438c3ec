package segue.acceptance;

import org.opentest4j.TestAbortedException;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a test needs beside a JDK. Where it is missing the test is skipped by name; with
/// `-Dsegue.require=…` it fails.
final class Required {
    private Required() {}

    private static final List<String> FOLDERS =
            List.of("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin");

    /// A program, if it is on the `PATH` or on the usual paths.
    static Optional<Path> find(String name) {
        var path = System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1);
        return Stream.concat(Stream.of(path).filter(it -> !it.isEmpty()), FOLDERS.stream())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /// A program by its name.
    static Path program(String name) {
        return find(name).orElseThrow(() -> missing(name, name + " is not here"));
    }

    /// Node and the published packages that our scripts use, by the name `node`.
    static NodePackages.State.Installed node() {
        return switch (NodePackages.state()) {
            case NodePackages.State.Installed it -> it;
            case NodePackages.State.Missing(var why) -> throw missing("node", why);
        };
    }

    /// The loopback address of IPv6, by the name `ipv6`. Some containers have none.
    static void ipv6() {
        try (var _ = new ServerSocket(0, 1, InetAddress.ofLiteral("::1"))) {
            return;
        } catch (IOException e) {
            throw missing("ipv6", "ipv6 is not here");
        }
    }

    private static RuntimeException missing(String name, String why) {
        var isRequired =
                List.of(System.getProperty("segue.require", "").split(",", -1)).contains(name);
        if (isRequired) throw new AssertionError(name + " is required: " + why);
        return new TestAbortedException(why);
    }
}
