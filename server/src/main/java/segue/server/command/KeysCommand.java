package segue.server.command;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import segue.domain.keys.SigningKeyRow;
import segue.server.Offline;
import segue.server.Server;
import segue.storage.Keys;

import java.io.PrintWriter;
import java.util.function.ToIntFunction;

/// `segue keys rotate` and `segue keys revoke` (docs/keys.md).
@Command(
        name = "keys",
        description = "Rotates and revokes the signing keys.",
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
                    "Publishes a next signing key for each algorithm, which signs once every"
                            + " verifier can know it; the one before stays published until its last"
                            + " token has expired.",
            mixinStandardHelpOptions = true)
    int rotate(@Mixin Configured configured) {
        return with(
                configured,
                offline -> {
                    var added = offline.rotateKeys();
                    var out = Terminal.output(spec);
                    if (added.isEmpty()) out.println("a next key is waiting already");
                    added.forEach(key -> out.println("next key " + described(key)));
                    return 0;
                });
    }

    @Command(
            name = "revoke",
            description =
                    "Stops publishing a signing key, at once or, if it signs now, within seconds."
                            + " Tokens that it has signed don't verify any more.",
            mixinStandardHelpOptions = true)
    int revoke(
            @Mixin Configured configured,
            @Parameters(paramLabel = "KID", description = "The key's name in the JWKS.")
                    String kid) {
        return with(
                configured,
                offline -> {
                    var revoked = offline.revokeKey(kid);
                    revoked.ifPresentOrElse(
                            it -> tell(Terminal.output(spec), kid, it),
                            () -> Terminal.errors(spec).println("segue: no published key " + kid));
                    return revoked.isPresent() ? 0 : 1;
                });
    }

    private static void tell(PrintWriter out, String kid, Keys.Revoked revoked) {
        out.println("revoked key " + kid + ", not published from " + revoked.retiresAt());
        revoked.heir().ifPresent(heir -> out.println("in its place key " + described(heir)));
    }

    private static String described(SigningKeyRow key) {
        return key.kid() + " (" + key.algorithm() + "), signs from " + key.activatesAt();
    }

    private int with(Configured configured, ToIntFunction<Offline> work) {
        var errors = Terminal.errors(spec);
        var settings = configured.load(errors);
        if (settings.isEmpty()) return 1;
        try (var offline = Offline.open(settings.get())) {
            return work.applyAsInt(offline);
        } catch (Server.StartFailed e) {
            errors.println("segue: " + e.getMessage());
            return 1;
        }
    }
}
