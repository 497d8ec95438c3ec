package segue.server.command;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import segue.server.Offline;
import segue.server.Server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// `segue tenant import` and `export`.
@Command(
        name = "tenant",
        description = "Imports or exports the tenant's resources as YAML.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class TenantCommand implements Runnable {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw Mistakes.noCommand(spec);
    }

    @Command(
            name = "import",
            description = "Imports a tenant file; importing it again changes nothing.",
            mixinStandardHelpOptions = true)
    int read(@Mixin Configured configured, @Parameters(paramLabel = "FILE") Path file) {
        var errors = Terminal.errors(spec);
        var settings = configured.load(errors);
        if (settings.isEmpty()) return 1;
        try (var offline = Offline.open(settings.get())) {
            var report = offline.importTenant(file, System.getenv());
            report.warnings().forEach(warning -> errors.println("warning: " + warning));
            report.problems().forEach(problem -> errors.println("problem: " + problem));
            Terminal.output(spec).println(report.changes() + " resources created or changed");
            return report.problems().isEmpty() ? 0 : 1;
        } catch (Server.StartFailed | IOException e) {
            errors.println("segue: " + e.getMessage());
            return 1;
        }
    }

    @Command(
            name = "export",
            description = "Exports the tenant, without passwords and secrets.",
            mixinStandardHelpOptions = true)
    int write(@Mixin Configured configured, @Parameters(paramLabel = "FILE") Path file) {
        var errors = Terminal.errors(spec);
        var settings = configured.load(errors);
        if (settings.isEmpty()) return 1;
        try (var offline = Offline.open(settings.get())) {
            Files.writeString(file, offline.exportTenant());
            Terminal.output(spec).println("written to " + file);
            return 0;
        } catch (Server.StartFailed | IOException e) {
            errors.println("segue: " + e.getMessage());
            return 1;
        }
    }
}
