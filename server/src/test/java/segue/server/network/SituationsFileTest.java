package segue.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The networks that docs/networks/situations.csv speaks of, for the story that goes through it.
class SituationsFileTest {
    private static final Path TABLE = NetworksTable.FOLDER.resolve("situations.csv");
    private static final String FILE = "situations-asn.mmdb";

    /// After a change of the table: the new file stands in `server/target/networks`.
    @Test
    void theFileIsWhatTheTableMakes() throws IOException {
        var made = Files.createDirectories(Path.of("target/networks")).resolve(FILE);
        Files.write(made, MmdbWriter.write("Segue-Situations-ASN", 24, records()));
        assertThat(made).hasSameBinaryContentAs(NetworksTable.FOLDER.resolve(FILE));
    }

    /// One record for each address whose network is known.
    private static SequencedMap<String, Map<String, Object>> records() throws IOException {
        var systems = new LinkedHashMap<String, String>();
        for (var line : Files.readAllLines(TABLE).stream().skip(1).toList()) {
            var cells = line.split(",", -1);
            for (var place : List.of(1, 3)) {
                var network = network(cells[place]);
                var before = systems.putIfAbsent(network, cells[place + 1]);
                assertThat(cells[place + 1])
                        .as("%s is of one network in every row", network)
                        .isEqualTo(before == null ? cells[place + 1] : before);
            }
        }
        var records = new LinkedHashMap<String, Map<String, Object>>();
        systems.forEach(
                (network, system) -> {
                    if (!system.equals("unknown")) records.put(network, record(system));
                });
        return records;
    }

    private static String network(String address) {
        var inet = InetAddress.ofLiteral(address);
        return inet.getHostAddress() + "/" + inet.getAddress().length * Byte.SIZE;
    }

    private static Map<String, Object> record(String system) {
        return Map.of("autonomous_system_number", new MmdbWriter.Whole(6, Long.parseLong(system)));
    }
}
