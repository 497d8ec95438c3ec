package segue.server.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

class NetworksTest {
    private static final Path ASN = NetworksTable.FOLDER.resolve("example-asn.mmdb");
    private static final Path CITY = NetworksTable.FOLDER.resolve("example-city.mmdb");

    @TempDir private Path folder;

    private static ClientAddress address(String text) {
        return AddressParser.parse(text).orElseThrow();
    }

    private static Networks open(Path asn, Path city) throws NetworkFile.Unusable {
        return Networks.open(Optional.of(asn), Optional.of(city));
    }

    /// After a change of the table: the new files stand in `server/target/networks`.
    @Test
    void theFilesAreWhatTheTableMakes() throws IOException {
        var made = Files.createDirectories(Path.of("target/networks"));
        Files.write(made.resolve("example-asn.mmdb"), NetworksTable.asnFile(24));
        Files.write(made.resolve("example-city.mmdb"), NetworksTable.cityFile(24));
        assertThat(made.resolve("example-asn.mmdb")).hasSameBinaryContentAs(ASN);
        assertThat(made.resolve("example-city.mmdb")).hasSameBinaryContentAs(CITY);
    }

    @ParameterizedTest
    @ValueSource(ints = {24, 28, 32})
    void everyRowOfTheTableIsReadAtEverySizeOfRecords(int bits) throws Exception {
        var asn = Files.write(folder.resolve("asn.mmdb"), NetworksTable.asnFile(bits));
        var city = Files.write(folder.resolve("city.mmdb"), NetworksTable.cityFile(bits));
        var networks = open(asn, city);
        assertThat(NetworksTable.rows()).hasSizeGreaterThan(10);
        for (var row : NetworksTable.rows()) {
            assertThat(networks.asn(row.firstAddress())).as(row.network()).isEqualTo(row.asn());
            // What a file doesn't say of a network, it says of none around it.
            if (!row.geo().equals(Geo.UNKNOWN))
                assertThat(networks.geo(row.firstAddress())).as(row.network()).isEqualTo(row.geo());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "198.51.100.0, 64503",
        "198.51.100.127, 64503",
        "198.51.100.128, 64504",
        "198.51.100.255, 64504",
        "2001:db8:0:ffff::1, 64502",
        "2001:db8:1::1, 4200000000",
        "203.0.113.64, 64507",
        "2001:db8:1f::1, 64507",
        "203.0.113.127, 64508",
        "2001:db8:20::1, 64508",
        "203.0.113.130, 64509",
        "203.0.113.191, 64510",
        "2001:db8:30:0:1::1, 64510",
        "::ffff:127.0.0.2, 64501"
    })
    void theSmallestNetworkAroundAnAddressCounts(String text, long asn) throws Exception {
        assertThat(open(ASN, CITY).asn(address(text))).hasValue(asn);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.4",
                "203.0.113.192",
                "198.51.101.0",
                "10.0.0.1",
                "2001:db9::1",
                "::2"
            })
    void ofAnAddressInNoNetworkNothingIsKnown(String text) throws Exception {
        assertThat(open(ASN, CITY).asn(address(text))).isEmpty();
        assertThat(open(ASN, CITY).geo(address(text))).isEqualTo(Geo.UNKNOWN);
    }

    @Test
    void withoutFilesNothingIsKnown() {
        assertThat(Networks.NONE.asn(address("127.0.0.1"))).isEmpty();
        assertThat(Networks.NONE.geo(address("127.0.0.1"))).isEqualTo(Geo.UNKNOWN);
    }

    @Test
    void ofNestedSubdivisionsTheSmallestIsTold() throws Exception {
        var records = new LinkedHashMap<String, Map<String, Object>>();
        records.put(
                "192.0.2.0/24",
                Map.of(
                        "subdivisions",
                        List.of(Map.of("iso_code", "ENG"), Map.of("iso_code", "OXF"))));
        var city =
                Files.write(folder.resolve("city.mmdb"), MmdbWriter.write("Any-City", 28, records));
        assertThat(open(ASN, city).geo(address("192.0.2.7")).subdivisionCode()).hasValue("OXF");
    }

    @Test
    void aFileThatCantBeReadIsNamedWithItsKey() {
        var absent = folder.resolve("absent.mmdb");
        assertThatThrownBy(() -> open(absent, CITY))
                .isInstanceOf(NetworkFile.Unusable.class)
                .hasMessage("network.asn-database: " + absent + " can't be read");
        assertThatThrownBy(() -> open(ASN, folder))
                .isInstanceOf(NetworkFile.Unusable.class)
                .hasMessage("network.city-database: " + folder + " can't be read");
    }

    @Test
    void aFileOfAnotherKindIsNamedWithItsKey() throws IOException {
        assertThatThrownBy(() -> open(CITY, CITY))
                .isInstanceOf(NetworkFile.Unusable.class)
                .hasMessage(
                        "network.asn-database: %s is of type \"Segue-Example-City\", not ASN or ISP"
                                .formatted(CITY));
        assertThatThrownBy(() -> open(ASN, ASN))
                .isInstanceOf(NetworkFile.Unusable.class)
                .hasMessageContaining("\"Segue-Example-ASN\", not City or Enterprise");
        var text = Files.writeString(folder.resolve("text.mmdb"), "no database");
        assertThatThrownBy(() -> open(text, CITY))
                .isInstanceOf(NetworkFile.Unusable.class)
                .hasMessageStartingWith("network.asn-database: %s can't be used: ".formatted(text))
                .hasMessageNotContaining("\n");
    }
}
