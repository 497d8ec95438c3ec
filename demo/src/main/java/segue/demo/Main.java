package segue.demo;

import segue.server.command.SegueCommand;

/// What `./segue` starts: the server's commands, and the demo.
public final class Main {
    private Main() {}

    /// Exits with the command's code.
    public static void main(String[] arguments) {
        System.exit(SegueCommand.commandLine().addSubcommand(new DemoCommand()).execute(arguments));
    }
}
