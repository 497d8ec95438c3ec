package segue.demo;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import segue.demo.story.Story;
import segue.demo.story.World;
import segue.server.Server;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
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
            description = "Exits after the script: 0 if every step went as expected.")
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
            var millis =
                    System.currentTimeMillis()
                            - ManagementFactory.getRuntimeMXBean().getStartTime();
            out.println(
                    "Segue is ready at "
                            + world.issuer()
                            + " after "
                            + millis
                            + " ms, with a demo tenant in "
                            + world.folder()
                            + ".");
            var console = System.console();
            var isTerminal = console != null && console.isTerminal();
            var succeeded = new Story(world, out, isTerminal).tell();
            if (once) return succeeded ? 0 : 1;
            lookAround(world, out);
            new CountDownLatch(1).await();
            return 0;
        } catch (Server.StartFailed e) {
            System.err.println("segue: " + e.getMessage());
            return 1;
        }
    }

    private static void lookAround(World world, PrintStream out) {
        out.println();
        out.println("Look around; Ctrl-C ends it.");
        out.println(
                "  the shop     "
                        + world.shop().origin()
                        + "/   ("
                        + World.ADA
                        + " / "
                        + world.password()
                        + ")");
        out.println("  discovery    " + world.issuer() + ".well-known/openid-configuration");
        out.println("  metrics      " + world.issuer() + "metrics");
        out.println(
                "  management   client and secret in "
                        + world.folder().resolve("bootstrap-client.json"));
    }
}
