package segue.server.command;

import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// What is said when a command can't be carried out: one line and a hint, never a stack trace.
final class Mistakes {
    private Mistakes() {}

    /// The command line makes no sense.
    static int inTheCommandLine(ParameterException mistake, String[] arguments) {
        var command = mistake.getCommandLine();
        var name = command.getCommandSpec().qualifiedName();
        command.getErr()
                .println("segue: " + firstLine(mistake.getMessage()) + "; " + hint(mistake, name));
        command.getErr().flush();
        return CommandLine.ExitCode.USAGE;
    }

    /// We are broken. The log has the whole story.
    static int ofOurs(Exception failure, CommandLine command, ParseResult arguments) {
        LoggerFactory.getLogger(SegueCommand.class).error("the command failed", failure);
        command.getErr().println("segue: internal error: " + firstLine(failure.toString()));
        command.getErr().flush();
        return CommandLine.ExitCode.SOFTWARE;
    }

    /// A command that only groups others was given none of them.
    static ParameterException noCommand(@Nullable CommandSpec spec) {
        if (spec == null) throw new IllegalStateException("picocli sets the spec");
        var names = String.join(" or ", spec.subcommands().keySet());
        return new ParameterException(
                spec.commandLine(), "Missing command after " + spec.name() + ": " + names);
    }

    private static String hint(ParameterException mistake, String command) {
        if (mistake instanceof UnmatchedArgumentException unmatched) {
            var suggestions = unmatched.getSuggestions();
            if (!suggestions.isEmpty()) {
                var nearest = suggestions.getFirst();
                var whole = nearest.startsWith("-") ? nearest : command + " " + nearest;
                return "did you mean " + whole + "?";
            }
        }
        return "see " + command.replaceFirst("^segue", "segue help");
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "no reason given" : message.lines().findFirst().orElse("");
    }
}
