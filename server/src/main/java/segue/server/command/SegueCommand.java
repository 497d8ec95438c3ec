package segue.server.command;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `segue`: prints its help; everything else is a sub-command. An unknown command or flag exits 2
/// with a hint.
@Command(
        name = "segue",
        description = "A self-hosted OpenID Provider that hands a native app's sign-in to the web.",
        subcommands = {
            ServeCommand.class,
            DoctorCommand.class,
            TenantCommand.class,
            KeysCommand.class,
            ActionsCommand.class,
            HelpCommand.class
        },
        synopsisSubcommandLabel = "COMMAND")
public final class SegueCommand implements Runnable {
    @Spec private @Nullable CommandSpec spec;

    /// The command line, for a launcher to add to and to execute.
    public static CommandLine commandLine() {
        return new CommandLine(new SegueCommand())
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(Mistakes::inTheCommandLine)
                .setExecutionExceptionHandler(Mistakes::ofOurs);
    }

    @Override
    public void run() {
        if (spec != null) spec.commandLine().usage(Terminal.output(spec));
    }
}
