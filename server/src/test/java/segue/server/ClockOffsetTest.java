package segue.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import segue.storage.jdbc.SqliteDatabase;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// THREATS R45.3. SQLite has the clock that it is given, so it plays the database with another one.
class ClockOffsetTest {
    @TempDir private Path folder = Path.of("");

    private double secondsSeenAt(Duration ahead, List<String> said) {
        var theirs = Clock.systemUTC();
        var log = (Logger) LoggerFactory.getLogger(ClockOffset.class);
        var events = new ListAppender<ILoggingEvent>();
        events.start();
        log.addAppender(events);
        try (var database = SqliteDatabase.open(folder.resolve("segue.db"), theirs)) {
            var offset = new ClockOffset(database, Clock.offset(theirs, ahead));
            offset.look();
            events.list.forEach(it -> said.add(it.getFormattedMessage()));
            return offset.seconds();
        } finally {
            log.detachAppender(events);
        }
    }

    @Test
    void aNodeWhoseClockIsWrongByMoreThanASecondSaysSo() {
        var said = new ArrayList<String>();
        assertThat(secondsSeenAt(Duration.ofMinutes(2), said)).isCloseTo(120, within(0.9));
        assertThat(secondsSeenAt(Duration.ofSeconds(-5), said)).isCloseTo(-5, within(0.9));
        assertThat(said)
                .satisfiesExactly(
                        first -> assertThat(first).contains("ahead of the database's"),
                        second -> assertThat(second).contains("behind the database's"));
    }

    @Test
    void aNodeWhoseClockIsRightSaysNothing() {
        var said = new ArrayList<String>();
        assertThat(secondsSeenAt(Duration.ZERO, said)).isCloseTo(0, within(0.9));
        assertThat(said).isEmpty();
    }
}
