package segue.domain.network;

import java.util.Optional;
import java.util.OptionalDouble;

/// Roughly where an address is, as far as it is known (contract actions §3, `event.request.geoip`).
///
/// @param countryCode ISO 3166-1 alpha-2
/// @param countryCode3 ISO 3166-1 alpha-3
/// @param subdivisionCode the part of ISO 3166-2 behind the country
/// @param timeZone a name of the IANA time zone database
public record Geo(
        Optional<String> cityName,
        Optional<String> continentCode,
        Optional<String> countryCode,
        Optional<String> countryCode3,
        Optional<String> countryName,
        OptionalDouble latitude,
        OptionalDouble longitude,
        Optional<String> subdivisionCode,
        Optional<String> subdivisionName,
        Optional<String> timeZone) {
    /// Nothing is known.
    public static final Geo UNKNOWN =
            new Geo(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());
}
