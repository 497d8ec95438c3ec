package segue.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.util.stream.LongStream;

class TimesTest {
    @Test
    void theMedianAndTheNinetyFifthPercentileAreOfTheSortedTimes() {
        var downwards = LongStream.rangeClosed(1, 100).map(it -> (101 - it) * 1_000_000).toArray();
        var times = new Times(downwards);
        assertThat(times.medianMillis()).isEqualTo(50);
        assertThat(times.p95Millis()).isEqualTo(95);
    }

    @Test
    void ofOneTimeAllIsThat() {
        var times = new Times(new long[] {2_500_000});
        assertThat(times.medianMillis()).isEqualTo(2.5);
        assertThat(times.p95Millis()).isEqualTo(2.5);
    }

    @Test
    void theDistanceIsTheLargestBetweenTheDistributionFunctions() {
        var times = new Times(new long[] {1, 2, 3, 4});
        assertThat(times.distance(times)).isZero();
        assertThat(times.distance(new Times(new long[] {5, 6}))).isEqualTo(1);
        assertThat(times.distance(new Times(new long[] {2, 3, 4, 5}))).isEqualTo(0.25);
    }

    @Test
    void ofNothingThereIsNoMedian() {
        assertThatThrownBy(() -> new Times(new long[0]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
