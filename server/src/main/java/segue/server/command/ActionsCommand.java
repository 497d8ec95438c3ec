package segue.server.command;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import segue.domain.action.Ruling;
import segue.domain.action.Verdict.Failure;
import segue.domain.secret.Secret;
import segue.server.action.Trial;
import segue.server.http.Outbound;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// `segue actions test`: for whoever writes an Action.
@Command(
        name = "actions",
        description = "Tries out Actions.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class ActionsCommand implements Runnable {
    private static final JsonMapper JSON = new JsonMapper();

    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw Mistakes.noCommand(spec);
    }

    @Command(
            name = "test",
            description = {
                "Runs an Action as a sign-in would, without a database, and tells what it asked"
                        + " for.",
                "Exits with 0 if the sign-in goes on, with 1 if it is denied or the Action fails."
            },
            mixinStandardHelpOptions = true)
    int test(
            @Mixin Configured configured,
            @Parameters(paramLabel = "FILE", description = "The Action, JavaScript.") Path file,
            @Option(
                            names = "--event",
                            required = true,
                            paramLabel = "FILE",
                            description = "The event, JSON; parts may be missing.")
                    Path eventFile,
            @Option(
                            names = "--secret",
                            paramLabel = "NAME=VALUE",
                            description = "One of event.secrets; may be repeated.")
                    @Nullable Map<String, String> secrets,
            @Option(
                            names = "--trigger",
                            paramLabel = "TRIGGER",
                            defaultValue = "post-login",
                            description = "Only post-login so far, which is the default.")
                    String trigger)
            throws InterruptedException {
        if (!trigger.equals("post-login")) throw mistake("--trigger: only post-login can be tried");
        var code = read(file);
        var event = event(read(eventFile));
        var settings = configured.load(Terminal.errors(spec));
        if (settings.isEmpty()) return 2;
        try (var outbound = new Outbound(settings.get().outbound().allowedPrivate())) {
            return switch (new Trial(settings.get().actions(), outbound)
                    .run("trial", code, event, sealed(secrets))) {
                case Trial.Outcome.Done(var report) -> tell(report);
                case Trial.Outcome.Busy _ -> throw new IllegalStateException("it is our first");
                case Trial.Outcome.Impossible(var reason) -> {
                    Terminal.errors(spec).println("segue: " + reason);
                    yield 1;
                }
            };
        }
    }

    private ParameterException mistake(String text) {
        if (spec == null) throw new IllegalStateException("picocli sets the spec");
        return new ParameterException(spec.subcommands().get("test"), text);
    }

    private String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw mistake("can't read " + file);
        }
    }

    private ObjectNode event(String text) {
        try {
            if (JSON.readTree(text) instanceof ObjectNode event) return event;
            throw mistake("--event: this isn't a JSON object");
        } catch (JacksonException e) {
            throw mistake("--event: this isn't JSON");
        }
    }

    private static Map<String, Secret> sealed(@Nullable Map<String, String> secrets) {
        var sealed = new LinkedHashMap<String, Secret>();
        if (secrets != null) secrets.forEach((name, value) -> sealed.put(name, new Secret(value)));
        return sealed;
    }

    private int tell(Trial.Report report) {
        var out = Terminal.output(spec);
        report.effects().forEach(it -> out.println("effect   " + it));
        report.console().lines().forEach(line -> out.println("console  " + line));
        var isAllowed =
                report.failure()
                        .map(it -> tellFailure(it, out))
                        .orElseGet(() -> tellRuling(report.ruling(), out));
        out.println("time     " + report.took().toMillis() + " ms");
        return isAllowed ? 0 : 1;
    }

    private static boolean tellFailure(Failure failure, PrintWriter out) {
        out.println("ruling   failed, " + failure.errorClass() + ": " + failure.message());
        failure.stack().lines().forEach(line -> out.println("         " + line));
        return false;
    }

    private static boolean tellRuling(Ruling ruling, PrintWriter out) {
        return switch (ruling) {
            case Ruling.Allowed(var terms) -> {
                terms.warnings().forEach(it -> out.println("warning  " + it));
                out.println("ruling   allowed");
                yield true;
            }
            case Ruling.Denied denied -> {
                out.println("ruling   denied, " + denied.error() + ": " + denied.description());
                yield false;
            }
            case Ruling.Redirected(var url) -> {
                out.println("ruling   redirected to " + url);
                yield true;
            }
        };
    }
}
