package segue.storage.jdbc;

import org.jspecify.annotations.Nullable;

import segue.domain.authentication.Authentication;
import segue.domain.authentication.Method;
import segue.domain.network.ClientAddress;
import segue.domain.network.Device;
import segue.domain.scope.ScopeBound;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// How values look in columns, and back.
final class Columns {
    /// In place of an address that was erased.
    static final byte[] NO_ADDRESS = {0, 0, 0, 0};

    private Columns() {}

    static Instant instant(ResultSet row, String column) throws SQLException {
        return Instant.ofEpochMilli(row.getLong(column));
    }

    static Optional<Instant> instantIfAny(ResultSet row, String column) throws SQLException {
        var millis = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    static Optional<Duration> durationIfAny(ResultSet row, String column) throws SQLException {
        var millis = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Duration.ofMillis(millis));
    }

    static ScopeBound scopeBound(ResultSet row) throws SQLException {
        return new ScopeBound(textIfAny(row, "scope_bound"));
    }

    static Optional<String> textIfAny(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getString(column));
    }

    static @Nullable Long millis(Optional<Instant> instant) {
        return instant.map(Instant::toEpochMilli).orElse(null);
    }

    /// @param prefix of the columns: which of a row's devices
    static Device device(ResultSet row, String prefix) throws SQLException {
        var asn = row.getLong(prefix + "asn");
        var knownAsn = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(asn);
        return new Device(
                ClientAddress.of(row.getBytes(prefix + "ip")),
                knownAsn,
                row.getString(prefix + "user_agent"));
    }

    static @Nullable Long asn(Device device) {
        return device.asn().isPresent() ? device.asn().getAsLong() : null;
    }

    /// `name@epochMillis`, separated by spaces.
    static String methods(Authentication authentication) {
        return authentication.methods().stream()
                .map(method -> method.name() + "@" + method.at().toEpochMilli())
                .collect(Collectors.joining(" "));
    }

    static Authentication authentication(ResultSet row) throws SQLException {
        var methods = new ArrayList<Method>();
        for (var text : row.getString("methods").split(" ", -1)) {
            var at = text.lastIndexOf('@');
            if (at > 0)
                methods.add(
                        new Method(
                                text.substring(0, at),
                                Instant.ofEpochMilli(Long.parseLong(text.substring(at + 1)))));
        }
        return new Authentication(instant(row, "authenticated_at"), methods);
    }

    /// Flat maps of texts (metadata, details) are stored as a query string: one encoding, in the
    /// JDK, that loses nothing and that an operator can read.
    static String flat(Map<String, String> values) {
        return new TreeMap<>(values)
                .entrySet().stream()
                        .map(entry -> encode(entry.getKey()) + "=" + encode(entry.getValue()))
                        .collect(Collectors.joining("&"));
    }

    static SortedMap<String, String> flat(String text) {
        var values = new TreeMap<String, String>();
        for (var pair : text.split("&", -1)) {
            var equals = pair.indexOf('=');
            if (equals >= 0)
                values.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
        }
        return values;
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
