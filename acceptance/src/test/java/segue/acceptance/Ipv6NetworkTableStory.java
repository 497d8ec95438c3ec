package segue.acceptance;

import org.junit.jupiter.params.provider.Arguments;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.stream.Stream;

/// A machine has one loopback address of this family, so that sockets can't differ.
class Ipv6NetworkTableStory extends NetworkTableContract {
    private static final String THERE = "::1";

    Ipv6NetworkTableStory() throws IOException {
        super(THERE, listeningAt(freePort()));
    }

    /// The issuer is an address because `localhost` may be of IPv4 only.
    private static Map<String, String> listeningAt(int port) {
        return Map.of(
                "server.host", THERE,
                "server.port", Integer.toString(port),
                "issuer", "http://[%s]:%d/".formatted(THERE, port));
    }

    private static int freePort() throws IOException {
        Required.ipv6();
        try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral(THERE))) {
            return socket.getLocalPort();
        }
    }

    @Override
    Stream<Arguments> sockets() {
        return Stream.of(Arguments.of(THERE, THERE, "yes same_address"));
    }
}
