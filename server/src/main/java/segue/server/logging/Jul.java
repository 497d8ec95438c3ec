package segue.server.logging;

import org.slf4j.LoggerFactory;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;

/// Leads the lines of libraries that write to `java.util.logging` into ours.
final class Jul extends Handler {
    private final SimpleFormatter formatter = new SimpleFormatter();

    private Jul() {}

    static void bridge() {
        LogManager.getLogManager().reset();
        var root = LogManager.getLogManager().getLogger("");
        root.setLevel(Level.INFO);
        root.addHandler(new Jul());
    }

    @Override
    public void publish(LogRecord line) {
        var name = line.getLoggerName() == null ? "java.util.logging" : line.getLoggerName();
        var logger = LoggerFactory.getLogger(name);
        var weight = line.getLevel().intValue();
        var event =
                weight >= Level.SEVERE.intValue()
                        ? logger.atError()
                        : weight >= Level.WARNING.intValue()
                                ? logger.atWarn()
                                : weight >= Level.INFO.intValue()
                                        ? logger.atInfo()
                                        : logger.atDebug();
        event.setCause(line.getThrown()).log(() -> formatter.formatMessage(line));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
