package segue.server.command;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import segue.server.Offline;
import segue.server.Server;
import segue.server.settings.Settings;
import segue.server.tls.Certificates;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

/// `segue doctor`: a line for each thing that a server needs; exits 1 if one of them is wrong.
@Command(
        name = "doctor",
        description = "Checks configuration, TLS, proxy, files, database, clock, keys and clients.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    @Mixin private Configured configured = new Configured();
    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        var out = Terminal.output(spec);
        var settings = configured.load(Terminal.errors(spec));
        if (settings.isEmpty()) {
            out.println("FAIL  configuration  see above");
            return 1;
        }
        out.println(
                "ok    configuration  issuer "
                        + settings.get().issuer(settings.get().server().port()));
        var isWell = checkTls(settings.get(), out);
        isWell &= checkProxy(settings.get(), out);
        isWell &= checkFile("tenant-file", settings.get().tenant().file(), out);
        var network = settings.get().network();
        isWell &= checkFile("network.asn-database", network.asnDatabase(), out);
        isWell &= checkFile("network.city-database", network.cityDatabase(), out);
        isWell &= checkDatabase(settings.get(), out);
        return isWell ? 0 : 1;
    }

    /// Whoever stands in a trusted range may name any address as the user's (THREATS T-30).
    private static boolean checkProxy(Settings settings, PrintWriter out) {
        var proxies = settings.server().trustedProxies();
        if (proxies.stream().anyMatch(range -> range.prefix() == 0)) {
            out.println("FAIL  proxy          the whole internet is trusted as a proxy");
            return false;
        }
        out.println(
                "ok    proxy          "
                        + (proxies.isEmpty() ? "none is trusted" : "trusted: " + proxies));
        return true;
    }

    private static boolean checkFile(String key, Optional<Path> file, PrintWriter out) {
        if (file.isEmpty()) return true;
        var isThere = Files.isReadable(file.get()) && Files.isRegularFile(file.get());
        out.println(
                (isThere ? "ok    file           " : "FAIL  file           ")
                        + key
                        + " "
                        + file.get()
                        + (isThere ? "" : " can't be read"));
        return isThere;
    }

    private static boolean checkTls(Settings settings, PrintWriter out) {
        try {
            var context = Certificates.context(settings.server().tls(), settings.dataDirectory());
            out.println(
                    "ok    tls            "
                            + (context.isPresent() ? "certificate is usable" : "off"));
            return true;
        } catch (Certificates.Unusable e) {
            out.println("FAIL  tls            " + e.getMessage());
            return false;
        }
    }

    private static boolean checkDatabase(Settings settings, PrintWriter out) {
        try (var offline = Offline.open(settings)) {
            out.println("ok    database       " + offline.database() + ", schema up to date");
            var offset = Math.abs(offline.clockOffset().toMillis());
            out.println(
                    (offset > 1000 ? "warn  clock          " : "ok    clock          ")
                            + offset
                            + " ms from the database's");
            out.println("ok    keys           the master key opens them");
            offline.riskyClients()
                    .forEach(
                            name ->
                                    out.println(
                                            "warn  clients        "
                                                    + name
                                                    + " accepts transfers by query without device"
                                                    + " binding"));
            return true;
        } catch (Server.StartFailed e) {
            out.println("FAIL  database, keys " + e.getMessage());
            return false;
        }
    }
}
