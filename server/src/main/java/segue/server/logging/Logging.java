package segue.server.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;

import org.slf4j.LoggerFactory;

import segue.server.settings.LogFormat;
import segue.server.settings.LogLevel;
import segue.server.settings.Settings;

import java.util.List;

/// Sets up the log of the process: one line per event on standard error, so that standard output
/// belongs to the commands.
public final class Logging {
    /// Chatty, and of no use to an operator while all is well.
    private static final List<String> LIBRARIES =
            List.of(
                    "io.helidon",
                    "org.flywaydb",
                    "com.zaxxer.hikari",
                    "org.eclipse",
                    "io.micrometer");

    /// Prints a stack trace when a port is taken, which the start then says in one line.
    private static final String LISTENERS = "io.helidon.webserver.LoomServer";

    private Logging() {}

    /// From now on lines are written as the operator wishes; may be called again.
    public static void configure(Settings.Log log) {
        // The first use of SLF4J starts it, and with it FirstLogging.
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        configure(context, log.format().orElseGet(Logging::usualFormat), log.level());
        Jul.bridge();
    }

    static void configure(LoggerContext context, LogFormat format, LogLevel level) {
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        var encoder = new LineEncoder(format);
        encoder.setContext(context);
        encoder.start();
        var appender = new ConsoleAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setName("stderr");
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        root.addAppender(appender);
        root.setLevel(Level.toLevel(level.name()));
        var quiet = level == LogLevel.INFO ? Level.WARN : root.getLevel();
        LIBRARIES.forEach(library -> context.getLogger(library).setLevel(quiet));
        context.getLogger(LISTENERS).setLevel(Level.OFF);
    }

    /// Text for a person who watches, JSON for whoever collects (contract operator §2).
    static LogFormat usualFormat() {
        var console = System.console();
        return console != null && console.isTerminal() ? LogFormat.TEXT : LogFormat.JSON;
    }
}
