package segue.demo;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import segue.demo.story.HandOff;
import segue.demo.story.World;
import segue.demo.wire.Wire;
import segue.server.Server;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/// `segue demo` (contract operator §1).
@Command(
        name = "demo",
        description =
                "Plays a whole native-to-web hand-off over real HTTP, on a database of its own.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    @Option(
            names = "--once",
            description = "Exits after the script: 0 if every step went as expected, else 1.")
    private boolean once;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "The server's port (default: a free one).")
    private int port;

    @Override
    public Integer call() throws InterruptedException, IOException {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        try (var world = new World(port, Map.of("log.level", "warn"))) {
            // Ctrl-C ends the process when its hooks have ended.
            var stop = new Thread(world::close, "segue-demo-stop");
            if (!once) Runtime.getRuntime().addShutdownHook(stop);
            out.printf(
                    "Segue is ready at %s after %d ms.%nIts database, for this once: %s%n",
                    world.issuer(), millisSinceStart(), world.server().database());
            var succeeded = new HandOff(world, out, isTerminal()).tell();
            if (once) return succeeded ? 0 : 1;
            lookAround(world, out);
            new CountDownLatch(1).await();
            return 0;
        } catch (Server.StartFailed | IllegalArgumentException e) {
            System.err.println("segue: " + e.getMessage());
            return 1;
        }
    }

    private static long millisSinceStart() {
        return System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
    }

    private static boolean isTerminal() {
        var console = System.console();
        return console != null && console.isTerminal() && System.getenv("NO_COLOR") == null;
    }

    private static void lookAround(World world, PrintStream out) throws IOException {
        var request = managementTokenRequest(world);
        out.printf(
                """

                It stays up; look around. Ctrl-C ends it and deletes its data.
                  shop         %s
                  user         %s, password %s
                  issuer       %s
                  discovery    %s
                  metrics      %s
                  data         %s

                A token for the management API, and a first question to ask with it:
                  TOKEN=$(curl -s %s -H 'Content-Type: application/json' -d @%s | sed 's/.*"access_token":"\\([^"]*\\).*/\\1/')
                  curl -s -H "Authorization: Bearer $TOKEN" %s
                """,
                world.shop().homeUri(),
                World.ADA,
                world.password(),
                world.issuer(),
                world.issuer().resolve(".well-known/openid-configuration"),
                world.issuer().resolve("metrics"),
                world.folder(),
                world.issuer().resolve("oauth/token"),
                request,
                world.issuer().resolve("api/v2/logs"));
    }

    /// The body of a request for a token, in a file beside the secret that it holds: a command line
    /// shows neither.
    private static Path managementTokenRequest(World world) throws IOException {
        var file = world.folder().resolve("management-token-request.json");
        Files.writeString(file, Wire.json(world.managementTokenRequest()).toString());
        return file;
    }
}
