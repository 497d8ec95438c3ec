package segue.server.network;

import com.maxmind.db.InvalidDatabaseException;
import com.maxmind.db.Reader;

import org.jspecify.annotations.Nullable;

import segue.domain.network.ClientAddress;
import segue.domain.network.Geo;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.MissingResourceException;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// What the operator's files say about addresses; without files, and about an address that they
/// don't know, nothing. May be asked by any number of threads.
public final class Networks {
    /// Knows nothing.
    public static final Networks NONE = new Networks(Optional.empty(), Optional.empty());

    private final Optional<Reader> systems;
    private final Optional<Reader> places;

    /// A file can't be used; the message says which and why, in one line.
    public static final class Unusable extends Exception {
        private static final long serialVersionUID = 1L;

        Unusable(String key, Path file, String reason, Throwable cause) {
            super(key + ": " + file + " " + reason, cause);
        }

        Unusable(String key, Path file, String reason) {
            super(key + ": " + file + " " + reason);
        }
    }

    private Networks(Optional<Reader> systems, Optional<Reader> places) {
        this.systems = systems;
        this.places = places;
    }

    /// Reads the files that there are.
    ///
    /// @param asnDatabase such as GeoLite2-ASN
    /// @param cityDatabase such as GeoLite2-City
    /// @throws Unusable if one can't be read, or is of another kind
    public static Networks open(Optional<Path> asnDatabase, Optional<Path> cityDatabase)
            throws Unusable {
        return new Networks(
                open("network.asn-database", asnDatabase, List.of("ASN", "ISP")),
                open("network.city-database", cityDatabase, List.of("City", "Enterprise")));
    }

    private static Optional<Reader> open(String key, Optional<Path> path, List<String> kinds)
            throws Unusable {
        if (path.isEmpty()) return Optional.empty();
        var file = path.get();
        try {
            var opened = read(file);
            var type = opened.getMetadata().databaseType();
            if (kinds.stream().noneMatch(type::contains))
                throw new Unusable(
                        key,
                        file,
                        "is of type \"%s\", not %s".formatted(type, String.join(" or ", kinds)));
            return Optional.of(opened);
        } catch (InvalidDatabaseException e) {
            throw new Unusable(key, file, "can't be used: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new Unusable(key, file, "can't be read", e);
        }
    }

    /// Into memory, so that a file that is overwritten on disk disturbs nobody.
    private static Reader read(Path file) throws IOException {
        return new Reader(file.toFile(), Reader.FileMode.MEMORY);
    }

    /// The number of the autonomous system that the address belongs to.
    public OptionalLong asn(ClientAddress address) {
        return record(systems, address).get("autonomous_system_number") instanceof Number number
                ? OptionalLong.of(number.longValue())
                : OptionalLong.empty();
    }

    /// Where the address is.
    public Geo geo(ClientAddress address) {
        var record = record(places, address);
        if (record.isEmpty()) return Geo.UNKNOWN;
        var country = map(record.get("country"));
        var location = map(record.get("location"));
        var subdivision = mostSpecific(record.get("subdivisions"));
        var code = text(country.get("iso_code"));
        return new Geo(
                name(map(record.get("city"))),
                text(map(record.get("continent")).get("code")),
                code,
                code.flatMap(Networks::alpha3),
                name(country),
                number(location.get("latitude")),
                number(location.get("longitude")),
                text(subdivision.get("iso_code")),
                name(subdivision),
                text(location.get("time_zone")));
    }

    /// Where a file is broken, nothing is known: then a binding to the network fails closed
    /// (THREATS R33.1), and nobody is kept from signing in.
    private static Map<?, ?> record(Optional<Reader> file, ClientAddress address) {
        if (file.isEmpty()) return Map.of();
        try {
            return map(file.get().get(InetAddress.getByAddress(address.bytes()), Map.class));
        } catch (IOException | RuntimeException e) {
            return Map.of();
        }
    }

    /// Subdivisions stand from the largest to the smallest.
    private static Map<?, ?> mostSpecific(@Nullable Object subdivisions) {
        return subdivisions instanceof List<?> list && !list.isEmpty()
                ? map(list.getLast())
                : Map.of();
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private static Optional<String> name(Map<?, ?> place) {
        return text(map(place.get("names")).get("en"));
    }

    private static Optional<String> text(@Nullable Object value) {
        return value instanceof String text && !text.isEmpty()
                ? Optional.of(text)
                : Optional.empty();
    }

    private static OptionalDouble number(@Nullable Object value) {
        return value instanceof Double number ? OptionalDouble.of(number) : OptionalDouble.empty();
    }

    /// Not in the files. The JDK throws for a country that it has no code for, such as `XK`.
    private static Optional<String> alpha3(String country) {
        try {
            return text(Locale.of("", country).getISO3Country());
        } catch (MissingResourceException e) {
            return Optional.empty();
        }
    }
}
