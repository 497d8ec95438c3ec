package segue.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

class OnwardTest {
    @Test
    void theNextPageComesFirstAndEveryOriginOnce() {
        var origins = Set.of("https://b.example", "https://a.example");
        var onward = new Onward(Optional.of("https://b.example/callback?x=1"), origins);
        assertThat(onward.sources()).isEqualTo("https://b.example https://a.example");
        assertThat(new Onward(Optional.of("org.example.app://callback"), origins).sources())
                .isEqualTo("org.example.app: https://a.example https://b.example");
        assertThat(new Onward(Optional.empty(), Set.of()).sources()).isEmpty();
    }

    @Test
    void theHeaderStaysShortAndKeepsTheNextPage() {
        var origins =
                IntStream.range(0, 1000)
                        .mapToObj("https://%d.example"::formatted)
                        .collect(Collectors.toSet());
        var sources = new Onward(Optional.of("https://z.example/"), origins).sources();
        assertThat(sources.split(" ", -1)).hasSize(32).startsWith("https://z.example");
    }
}
