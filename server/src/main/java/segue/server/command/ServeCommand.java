package segue.server.command;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import segue.server.Server;
import segue.server.settings.Settings;

import java.lang.management.ManagementFactory;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/// `segue serve`: runs until it is told to stop.
@Command(name = "serve", description = "Runs the server.", mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    @Mixin private Configured configured = new Configured();
    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        var errors = Terminal.errors(spec);
        var settings = configured.load(errors);
        if (settings.isEmpty()) return 1;
        try {
            var server = Server.start(settings.get());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "segue-stop"));
            if (settings.get().server().tls() instanceof Settings.Tls.Dev)
                Terminal.output(spec)
                        .println(
                                "development CA: "
                                        + settings.get().dataDirectory().resolve("tls/ca.pem"));
            server.bootstrapFile()
                    .ifPresent(
                            file ->
                                    Terminal.output(spec)
                                            .println("management client: " + file + " (new)"));
            Terminal.output(spec).println(startLine(server));
            Terminal.output(spec).flush();
            new CountDownLatch(1).await();
            return 0;
        } catch (Server.StartFailed e) {
            errors.println("segue: " + e.getMessage());
            return 1;
        }
    }

    /// Drains, and exits 0: the JVM's own answer to `SIGTERM` would be 143, which supervisors take
    /// for a failure (contract operator §3).
    private static void stop(Server server) {
        server.close();
        Runtime.getRuntime().halt(0);
    }

    /// Contract operator §3.
    private static String startLine(Server server) {
        var millis =
                System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
        var cookies =
                server.issuer().startsWith("https:")
                        ? ""
                        : " cookies=without-Secure-over-loopback-http";
        return "segue ready issuer="
                + server.issuer()
                + " database="
                + server.database()
                + " version="
                + Terminal.version()
                + " startup_ms="
                + millis
                + cookies;
    }
}
