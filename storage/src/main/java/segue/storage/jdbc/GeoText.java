package segue.storage.jdbc;

import segue.domain.network.Geo;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/// A place as the text of a column: only what is known of it.
final class GeoText {
    private GeoText() {}

    /// Empty if nothing is known.
    static Optional<String> of(Geo geo) {
        if (geo.equals(Geo.UNKNOWN)) return Optional.empty();
        var known = new TreeMap<String, String>();
        geo.cityName().ifPresent(it -> known.put("city", it));
        geo.continentCode().ifPresent(it -> known.put("continent", it));
        geo.countryCode().ifPresent(it -> known.put("country", it));
        geo.countryCode3().ifPresent(it -> known.put("country3", it));
        geo.countryName().ifPresent(it -> known.put("country_name", it));
        geo.latitude().ifPresent(it -> known.put("latitude", Double.toString(it)));
        geo.longitude().ifPresent(it -> known.put("longitude", Double.toString(it)));
        geo.subdivisionCode().ifPresent(it -> known.put("subdivision", it));
        geo.subdivisionName().ifPresent(it -> known.put("subdivision_name", it));
        geo.timeZone().ifPresent(it -> known.put("time_zone", it));
        return Optional.of(Columns.flat(known));
    }

    static Geo read(String text) {
        var known = Columns.flat(text);
        return new Geo(
                text(known, "city"),
                text(known, "continent"),
                text(known, "country"),
                text(known, "country3"),
                text(known, "country_name"),
                number(known, "latitude"),
                number(known, "longitude"),
                text(known, "subdivision"),
                text(known, "subdivision_name"),
                text(known, "time_zone"));
    }

    private static Optional<String> text(Map<String, String> known, String name) {
        return Optional.ofNullable(known.get(name));
    }

    private static OptionalDouble number(Map<String, String> known, String name) {
        return text(known, name).stream().mapToDouble(Double::parseDouble).findFirst();
    }
}
