package segue.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;

class ClockWatchTest {
    private static final Instant DATABASE = Instant.parse("2026-03-02T09:14:07Z");

    @ParameterizedTest
    @CsvSource({
        "0, false, 0.0",
        "1000, false, 1.0",
        "1001, true, 1.001",
        "-1000, false, -1.0",
        "-1001, true, -1.001"
    })
    void moreThanASecondFromTheDatabaseIsAnAlarm(long ahead, boolean isOff, double seconds) {
        var node = Clock.fixed(DATABASE.plusMillis(ahead), ZoneOffset.UTC);
        var watch = new ClockWatch(() -> DATABASE, node);
        watch.look();
        assertThat(watch.isOff()).isEqualTo(isOff);
        assertThat(watch.seconds()).isEqualTo(seconds);
    }
}
