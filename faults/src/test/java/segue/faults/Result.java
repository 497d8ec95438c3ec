package segue.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;

/// What came of a scenario.
sealed interface Result {
    /// Fails a test unless the scenario passed.
    void require() throws Exception;

    /// It was played to its end, and what the clients saw was checked.
    record Played(Scenario.Seen seen, List<Operation> history, HistoryCheck check, Duration took)
            implements Result {
        @Override
        public void require() {
            assertThat(check.violations()).isEmpty();
        }
    }

    /// It can't be played here.
    record Skipped(String why) implements Result {
        @Override
        public void require() {}
    }

    /// It came to no end: the service didn't come back, or the scenario is wrong.
    record Failed(Exception reason, Duration took) implements Result {
        @Override
        public void require() throws Exception {
            throw reason;
        }
    }
}
