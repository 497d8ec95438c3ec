package segue.server.network;

import segue.domain.network.ClientAddress;
import segue.domain.network.Geo;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// What the operator's files say about addresses; without files, and about an address that they
/// don't know, nothing. May be asked by any number of threads.
public final class Networks {
    /// Knows nothing.
    public static final Networks NONE = new Networks(Optional.empty(), Optional.empty());

    private final Optional<WatchedFile> systems;
    private final Optional<WatchedFile> places;

    private Networks(Optional<WatchedFile> systems, Optional<WatchedFile> places) {
        this.systems = systems;
        this.places = places;
    }

    /// Reads the files that there are.
    ///
    /// @param asnDatabase such as GeoLite2-ASN
    /// @param cityDatabase such as GeoLite2-City
    /// @throws NetworkFile.Unusable if one can't be read, is of another kind, or is damaged
    public static Networks open(Optional<Path> asnDatabase, Optional<Path> cityDatabase)
            throws NetworkFile.Unusable {
        return new Networks(
                open(NetworkFile.Kind.ASN, asnDatabase), open(NetworkFile.Kind.CITY, cityDatabase));
    }

    private static Optional<WatchedFile> open(NetworkFile.Kind kind, Optional<Path> path)
            throws NetworkFile.Unusable {
        return path.isEmpty() ? Optional.empty() : Optional.of(new WatchedFile(kind, path.get()));
    }

    /// The files that there are.
    public List<WatchedFile> files() {
        return Stream.concat(systems.stream(), places.stream()).toList();
    }

    /// Reads again what has changed. Not for two threads at a time; those who ask meanwhile are
    /// answered from the file before.
    ///
    /// @param refused hears of each file that has changed and can't be used
    public void look(Consumer<NetworkFile.Kind> refused) {
        files().forEach(file -> file.look(refused));
    }

    /// The number of the autonomous system that the address belongs to.
    public OptionalLong asn(ClientAddress address) {
        return NetworkRecord.asn(record(systems, address));
    }

    /// Where the address is.
    public Geo geo(ClientAddress address) {
        return NetworkRecord.geo(record(places, address));
    }

    private static Map<?, ?> record(Optional<WatchedFile> file, ClientAddress address) {
        return file.<Map<?, ?>>map(it -> it.record(address)).orElseGet(Map::of);
    }
}
