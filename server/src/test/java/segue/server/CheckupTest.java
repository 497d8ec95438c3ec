package segue.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class CheckupTest {
    /// THREATS R45.3.
    @Test
    void aClockThatIsASecondOffFailsWhicheverWay() {
        for (var ahead : new long[] {0, 1000, -1000})
            assertThat(Checkup.clock(Duration.ofMillis(ahead)).grade()).isEqualTo(Finding.Grade.OK);
        for (var ahead : new long[] {1001, -1001})
            assertThat(Checkup.clock(Duration.ofMillis(ahead)).grade())
                    .isEqualTo(Finding.Grade.FAIL);
    }
}
