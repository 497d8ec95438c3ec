package segue.server.postlogin;

import segue.domain.network.Geo;

import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// `geoip` as Actions are told of it (contract actions §3): camel case, and only what is known.
final class Geoip {
    private Geoip() {}

    static SequencedMap<String, Object> of(Geo geo) {
        var told = new LinkedHashMap<String, Object>();
        geo.cityName().ifPresent(it -> told.put("cityName", it));
        geo.continentCode().ifPresent(it -> told.put("continentCode", it));
        geo.countryCode().ifPresent(it -> told.put("countryCode", it));
        geo.countryCode3().ifPresent(it -> told.put("countryCode3", it));
        geo.countryName().ifPresent(it -> told.put("countryName", it));
        geo.latitude().ifPresent(it -> told.put("latitude", it));
        geo.longitude().ifPresent(it -> told.put("longitude", it));
        geo.subdivisionCode().ifPresent(it -> told.put("subdivisionCode", it));
        geo.subdivisionName().ifPresent(it -> told.put("subdivisionName", it));
        geo.timeZone().ifPresent(it -> told.put("timeZone", it));
        return told;
    }
}
