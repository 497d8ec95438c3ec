package segue.server.network;

import org.jspecify.annotations.Nullable;

import segue.domain.network.Geo;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.MissingResourceException;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// What a record of a file means. A member that is absent or of another type than MaxMind gives it
/// says nothing.
final class NetworkRecord {
    private NetworkRecord() {}

    static OptionalLong asn(Map<?, ?> record) {
        return record.get("autonomous_system_number") instanceof Number number
                ? OptionalLong.of(number.longValue())
                : OptionalLong.empty();
    }

    static Geo geo(Map<?, ?> record) {
        if (record.isEmpty()) return Geo.UNKNOWN;
        var country = map(record.get("country"));
        var location = map(record.get("location"));
        var subdivision = mostSpecific(record.get("subdivisions"));
        var code = text(country.get("iso_code"));
        return new Geo(
                name(map(record.get("city"))),
                text(map(record.get("continent")).get("code")),
                code,
                code.flatMap(NetworkRecord::alpha3),
                name(country),
                number(location.get("latitude")),
                number(location.get("longitude")),
                text(subdivision.get("iso_code")),
                name(subdivision),
                text(location.get("time_zone")));
    }

    /// Subdivisions stand from the largest to the smallest.
    private static Map<?, ?> mostSpecific(@Nullable Object subdivisions) {
        return subdivisions instanceof List<?> list && !list.isEmpty()
                ? map(list.getLast())
                : Map.of();
    }

    static Map<?, ?> map(@Nullable Object value) {
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
        return value instanceof Number number
                ? OptionalDouble.of(number.doubleValue())
                : OptionalDouble.empty();
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
