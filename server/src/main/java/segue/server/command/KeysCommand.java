package segue.server.command;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import segue.server.Offline;
import segue.server.Server;

/// `segue keys rotate`.
@Command(
        name = "keys",
        description = "Rotates the signing keys.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class KeysCommand implements Runnable {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw Mistakes.noCommand(spec);
    }

    @Command(
            name = "rotate",
            description =
                    "Publishes a next signing key, which signs once every verifier can know it; the"
                            + " one before stays published until its last token has expired.",
            mixinStandardHelpOptions = true)
    int rotate(@Mixin Configured configured) {
        var errors = Terminal.errors(spec);
        var settings = configured.load(errors);
        if (settings.isEmpty()) return 1;
        try (var offline = Offline.open(settings.get())) {
            var next = offline.rotateKeys();
            var said =
                    next.map(key -> "next key " + key.kid() + ", signs from " + key.activatesAt())
                            .orElse("a next key is waiting already");
            Terminal.output(spec).println(said);
            return 0;
        } catch (Server.StartFailed e) {
            errors.println("segue: " + e.getMessage());
            return 1;
        }
    }
}
