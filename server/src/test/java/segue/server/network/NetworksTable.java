package segue.server.network;

import segue.domain.network.ClientAddress;
import segue.domain.network.Geo;
import segue.server.http.AddressParser;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SequencedMap;

/// The table of docs/networks, as records of a file and as what is to be read out of it.
final class NetworksTable {
    static final Path FOLDER = Path.of("../docs/networks");

    /// Of the countries in the table, written apart from the code that derives them.
    private static final Map<String, String> ALPHA_3 =
            Map.of(
                    "DE", "DEU", "FR", "FRA", "US", "USA", "JP", "JPN", "AU", "AUS", "GB", "GBR",
                    "NL", "NLD");

    private NetworksTable() {}

    record Row(String network, Map<String, String> cells) {
        ClientAddress firstAddress() {
            return AddressParser.parse(network.split("/", 2)[0]).orElseThrow();
        }

        private Optional<String> cell(String column) {
            return Optional.ofNullable(cells.get(column)).filter(text -> !text.isEmpty());
        }

        OptionalLong asn() {
            return cell("asn").stream().mapToLong(Long::parseLong).findFirst();
        }

        private OptionalDouble number(String column) {
            return cell(column).stream().mapToDouble(Double::parseDouble).findFirst();
        }

        Geo geo() {
            return new Geo(
                    cell("city"),
                    cell("continent"),
                    cell("country"),
                    cell("country").map(ALPHA_3::get),
                    cell("countryName"),
                    number("latitude"),
                    number("longitude"),
                    cell("subdivision"),
                    cell("subdivisionName"),
                    cell("timeZone"));
        }

        private Map<String, Object> system() {
            var record = new LinkedHashMap<String, Object>();
            asn().ifPresent(
                            it ->
                                    record.put(
                                            "autonomous_system_number",
                                            new MmdbWriter.Whole(6, it)));
            cell("organization").ifPresent(it -> record.put("autonomous_system_organization", it));
            return record;
        }

        private Map<String, Object> place() {
            var record = new LinkedHashMap<String, Object>();
            cell("city").ifPresent(it -> record.put("city", named(it)));
            cell("continent").ifPresent(it -> record.put("continent", Map.of("code", it)));
            cell("country").ifPresent(it -> record.put("country", coded("country", it)));
            var location = new LinkedHashMap<String, Object>();
            number("latitude").ifPresent(it -> location.put("latitude", it));
            number("longitude").ifPresent(it -> location.put("longitude", it));
            cell("timeZone").ifPresent(it -> location.put("time_zone", it));
            if (!location.isEmpty()) record.put("location", location);
            cell("subdivision")
                    .ifPresent(it -> record.put("subdivisions", List.of(coded("subdivision", it))));
            return record;
        }

        private Map<String, Object> coded(String column, String code) {
            var coded = new LinkedHashMap<String, Object>();
            coded.put("iso_code", code);
            coded.putAll(named(cell(column + "Name").orElseThrow()));
            return coded;
        }

        private static Map<String, Object> named(String name) {
            return Map.of("names", Map.of("en", name));
        }
    }

    static List<Row> rows() throws IOException {
        var lines = Files.readAllLines(FOLDER.resolve("networks.csv"));
        var columns = lines.getFirst().split(",", -1);
        return lines.stream().skip(1).map(line -> row(columns, line.split(",", -1))).toList();
    }

    private static Row row(String[] columns, String[] texts) {
        var cells = new LinkedHashMap<String, String>();
        for (var i = 1; i < columns.length; i++) cells.put(columns[i], texts[i]);
        return new Row(texts[0], cells);
    }

    static byte[] asnFile(int bits) throws IOException {
        var records = new LinkedHashMap<String, Map<String, Object>>();
        for (var row : rows()) put(records, row, row.system());
        return MmdbWriter.write("Segue-Example-ASN", bits, records);
    }

    static byte[] cityFile(int bits) throws IOException {
        var records = new LinkedHashMap<String, Map<String, Object>>();
        for (var row : rows()) put(records, row, row.place());
        return MmdbWriter.write("Segue-Example-City", bits, records);
    }

    private static void put(
            SequencedMap<String, Map<String, Object>> records,
            Row row,
            Map<String, Object> record) {
        if (!record.isEmpty()) records.put(row.network(), record);
    }
}
