package segue.server.command;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import segue.domain.action.Effect;
import segue.domain.action.Rule;
import segue.domain.action.Ruling;
import segue.domain.secret.Secret;
import segue.server.action.Trial;
import segue.server.http.Outbound;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// `segue actions test`: for whoever writes an Action.
@Command(
        name = "actions",
        description = "Tries out Actions.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class ActionsCommand implements Runnable {
    private static final JsonMapper JSON = new JsonMapper();

    /// The latest end there is: without a tenant, nothing is capped.
    private static final Instant NEVER = Instant.parse("9999-12-31T23:59:59.999Z");

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
            var result =
                    Trial.run(code, event, sealed(secrets), settings.get().actions(), outbound);
            return report(result, event);
        } catch (Trial.Impossible e) {
            Terminal.errors(spec).println("segue: " + e.getMessage());
            return 1;
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

    private int report(Trial.Result result, ObjectNode event) {
        var out = Terminal.output(spec);
        result.effects().forEach(it -> out.println("effect   " + words(it)));
        result.console().lines().forEach(line -> out.println("console  " + line));
        var isAllowed =
                result.failure().isPresent()
                        ? tellFailure(result, out)
                        : tellRuling(Rule.decide(result.effects(), facts(event)), out);
        out.println("time     " + result.took().toMillis() + " ms");
        return isAllowed ? 0 : 1;
    }

    private static boolean tellFailure(Trial.Result result, PrintWriter out) {
        var failure = result.failure().orElseThrow();
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

    /// As the contract spells the call.
    private static String words(Effect effect) {
        return switch (effect) {
            case Effect.Deny(var reason) -> "access.deny " + reason;
            case Effect.Invalidate(var code, var message) ->
                    "validation.error " + code + " " + message;
            case Effect.SetIdTokenClaim(var name, var value) ->
                    "idToken.setCustomClaim " + entry(name, value);
            case Effect.SetAccessTokenClaim(var name, var value) ->
                    "accessToken.setCustomClaim " + entry(name, value);
            case Effect.AddScope(var scope) -> "accessToken.addScope " + scope;
            case Effect.RemoveScope(var scope) -> "accessToken.removeScope " + scope;
            case Effect.SetSessionExpiresAt(var at) -> "session.setExpiresAt " + at;
            case Effect.SetSessionIdleExpiresAt(var at) -> "session.setIdleExpiresAt " + at;
            case Effect.SetCookieMode(var persistent) ->
                    "session.setCookieMode " + (persistent ? "persistent" : "non-persistent");
            case Effect.RevokeSession(var reason, var preserves) ->
                    "session.revoke "
                            + reason
                            + (preserves ? " (refresh tokens are preserved)" : "");
            case Effect.EditSessionMetadata(var edit) -> "session metadata " + edit;
            case Effect.SetRefreshTokenExpiresAt(var at) -> "refreshToken.setExpiresAt " + at;
            case Effect.SetRefreshTokenIdleExpiresAt(var at) ->
                    "refreshToken.setIdleExpiresAt " + at;
            case Effect.RevokeRefreshToken(var reason) -> "refreshToken.revoke " + reason;
            case Effect.EditRefreshTokenMetadata(var edit) -> "refresh token metadata " + edit;
            case Effect.SetAppMetadata(var key, var value) ->
                    "user.setAppMetadata " + entry(key, value);
            case Effect.SetUserMetadata(var key, var value) ->
                    "user.setUserMetadata " + entry(key, value);
            case Effect.SetTransactionMetadata(var key, var value) ->
                    "transaction.setMetadata " + entry(key, value);
            case Effect.Redirect(var url) -> "redirect.sendUserTo " + url;
            case Effect.Malformed(var problem) -> "makes no sense: " + problem;
        };
    }

    private static String entry(String name, Optional<String> value) {
        return name + " = " + value.orElse("(removed)");
    }

    private static Rule.Facts facts(ObjectNode event) {
        var session =
                event.hasNonNull("session")
                        ? Optional.of(
                                new Rule.SessionFacts(
                                        metadata(event.path("session")), NEVER, NEVER))
                        : Optional.<Rule.SessionFacts>empty();
        var refreshToken =
                new Rule.RefreshTokenFacts(
                        event.hasNonNull("refresh_token"),
                        metadata(event.path("refresh_token")),
                        Optional.empty(),
                        Optional.empty());
        return new Rule.Facts(session, refreshToken, false);
    }

    private static SortedMap<String, String> metadata(JsonNode of) {
        var metadata = new TreeMap<String, String>();
        of.path("metadata")
                .properties()
                .forEach(it -> metadata.put(it.getKey(), it.getValue().asString("")));
        return metadata;
    }
}
