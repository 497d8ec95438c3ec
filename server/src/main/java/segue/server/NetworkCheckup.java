package segue.server;

import segue.server.network.NetworkFile;
import segue.server.settings.Settings;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Whether the databases about networks can be used, and whether they are fresh.
final class NetworkCheckup {
    /// THREATS R33.3: networks change hands.
    private static final Duration FRESH = Duration.ofDays(30);

    private NetworkCheckup() {}

    /// A finding for each file that is named.
    static List<Finding> of(Settings.Network network, Instant now) {
        return Stream.concat(
                        look(NetworkFile.Kind.ASN, network.asnDatabase(), now),
                        look(NetworkFile.Kind.CITY, network.cityDatabase(), now))
                .toList();
    }

    private static Stream<Finding> look(NetworkFile.Kind kind, Optional<Path> file, Instant now) {
        return file.stream().map(path -> look(kind, path, now));
    }

    private static Finding look(NetworkFile.Kind kind, Path path, Instant now) {
        try {
            var file = NetworkFile.read(kind, path);
            var age = Duration.between(file.built(), now);
            var text =
                    "%s: %s is %s, built %s, %d days old"
                            .formatted(
                                    kind.key(),
                                    path,
                                    file.type(),
                                    file.built().atOffset(ZoneOffset.UTC).toLocalDate(),
                                    age.toDays());
            return age.compareTo(FRESH) > 0
                    ? Finding.warn("network", text + ": get a newer one, networks change hands")
                    : Finding.ok("network", text);
        } catch (NetworkFile.Unusable e) {
            return Finding.fail("network", Optional.ofNullable(e.getMessage()).orElse(""));
        }
    }
}
