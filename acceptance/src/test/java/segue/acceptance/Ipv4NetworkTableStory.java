package segue.acceptance;

import org.junit.jupiter.params.provider.Arguments;

import java.util.Map;
import java.util.stream.Stream;

class Ipv4NetworkTableStory extends NetworkTableContract {
    Ipv4NetworkTableStory() {
        super(HERE, Map.of());
    }

    @Override
    Stream<Arguments> sockets() {
        return Stream.of(
                Arguments.of("127.0.0.2", "127.0.0.2", "yes same_address"),
                Arguments.of("127.0.0.2", "127.0.0.3", "no other_address"));
    }
}
