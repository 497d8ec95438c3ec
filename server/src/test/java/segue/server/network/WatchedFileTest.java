package segue.server.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.domain.network.ClientAddress;
import segue.server.http.AddressParser;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/// THREATS R33.2, R33.3.
class WatchedFileTest {
    private static final ClientAddress HOME = AddressParser.parse("192.0.2.7").orElseThrow();
    private static final Instant BUILT = Instant.parse("2026-11-24T00:00:00Z");

    @TempDir private Path folder;
    private Path path = Path.of("");
    private Networks networks = Networks.NONE;
    private final List<NetworkFile.Kind> refused = new ArrayList<>();

    @BeforeEach
    void open() throws Exception {
        path = Files.write(folder.resolve("asn.mmdb"), of(1));
        networks = Networks.open(Optional.of(path), Optional.empty());
    }

    /// A file in which all the addresses of a few networks belong to one system.
    private static byte[] of(long asn) {
        return of("Any-ASN", Map.of("autonomous_system_number", new MmdbWriter.Whole(6, asn)));
    }

    private static byte[] of(String type, Map<String, Object> record) {
        var records = new LinkedHashMap<String, Map<String, Object>>();
        records.put("192.0.2.0/24", record);
        records.put("2001:db8::/32", record);
        return MmdbWriter.write(type, 24, records);
    }

    private void look() {
        networks.look(refused::add);
    }

    private OptionalLong asn() {
        return networks.asn(HOME);
    }

    @Test
    void aFileThatIsOverwrittenIsReadAgain() throws IOException {
        Files.write(path, of(2222));
        assertThat(asn()).hasValue(1);
        look();
        assertThat(asn()).hasValue(2222);
        assertThat(refused).isEmpty();
    }

    /// As geoipupdate does it, with an old date and the same size.
    @Test
    void aFileThatTakesThePlaceOfAnotherIsReadAgain() throws IOException {
        var changed = Files.getLastModifiedTime(path);
        var other = Files.write(folder.resolve("other"), of(2));
        Files.setLastModifiedTime(other, changed);
        Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
        look();
        assertThat(asn()).hasValue(2);
    }

    @Test
    void aFileThatDidntChangeIsNotReadAgain() {
        var before = networks.files().getFirst().current();
        look();
        assertThat(networks.files().getFirst().current()).isSameAs(before);
    }

    @Test
    void aBadFileIsToldOnceAndTheOldOneStays() throws IOException {
        Files.writeString(path, "no database");
        look();
        look();
        assertThat(refused).containsExactly(NetworkFile.Kind.ASN);
        assertThat(asn()).hasValue(1);
        Files.delete(path);
        look();
        assertThat(refused).hasSize(2);
        assertThat(asn()).hasValue(1);
        Files.write(path, of(3));
        look();
        assertThat(refused).hasSize(2);
        assertThat(asn()).hasValue(3);
    }

    @Test
    void aFileOfAnotherKindStaysOutside() throws IOException {
        Files.write(path, NetworksTable.cityFile(24));
        look();
        assertThat(refused).hasSize(1);
        assertThat(asn()).hasValue(1);
    }

    /// Each length, so that it is cut in the tree, the data and the metadata.
    @Test
    void aFileThatWasCutOffStaysOutside() throws IOException {
        var whole = of(2);
        for (var length = 0; length < whole.length; length++)
            assertUnusable(Arrays.copyOf(whole, length), "the first " + length);
    }

    @Test
    void aFileOfWhichAPieceIsMissingStaysOutside() throws IOException {
        var whole = NetworksTable.asnFile(24);
        var half = whole.length / 2;
        var middle = Arrays.copyOf(whole, whole.length - 64);
        System.arraycopy(whole, half + 64, middle, half, whole.length - half - 64);
        assertUnusable(middle, "without its middle");
    }

    private void assertUnusable(byte[] bytes, String what) throws IOException {
        var file = Files.write(folder.resolve("bad.mmdb"), bytes);
        assertThatThrownBy(() -> NetworkFile.read(NetworkFile.Kind.ASN, file))
                .as(what)
                .isInstanceOf(NetworkFile.Unusable.class)
                .hasMessageStartingWith("network.asn-database: " + file)
                .message()
                .doesNotContain("\n");
    }

    /// Whatever single byte is wrong: what is let in can be asked about any address.
    @Test
    void whatIsLetInCanBeAskedWhateverByteIsWrong() throws IOException {
        var whole = of(2);
        var letIn = 0;
        var keptOut = 0;
        for (var at = 0; at < whole.length; at++)
            for (var mask : new int[] {0xff, 0x01, 0x80}) {
                var bytes = whole.clone();
                bytes[at] ^= (byte) mask;
                var file = Files.write(folder.resolve("flipped.mmdb"), bytes);
                try {
                    var read = NetworkFile.read(NetworkFile.Kind.ASN, file);
                    for (var address : List.of("192.0.2.7", "9.9.9.9", "2001:db8::1", "::1"))
                        read.record(AddressParser.parse(address).orElseThrow());
                    letIn++;
                } catch (NetworkFile.Unusable e) {
                    keptOut++;
                }
            }
        assertThat(keptOut).isGreaterThan(letIn / 4);
    }

    /// Of a child that is its own parent the reader knows nothing.
    @Test
    void aTreeThatTurnsBackStaysOutside() throws IOException {
        var bytes = of(2);
        bytes[0] = 0;
        bytes[1] = 0;
        bytes[2] = 0;
        assertUnusable(bytes, "a circle");
    }

    @Test
    void aFileThatSaysNothingOfWhatWeLookForStaysOutside() throws IOException {
        assertUnusable(of("Any-ASN", Map.of("asn", "AS64500")), "another vendor's words");
    }

    @Test
    void aFileTellsItsTypeAndWhenItWasBuilt() {
        var file = networks.files().getFirst();
        assertThat(file.kind()).isEqualTo(NetworkFile.Kind.ASN);
        assertThat(file.current().type()).isEqualTo("Any-ASN");
        assertThat(file.current().built()).isEqualTo(BUILT);
    }

    @Test
    void whoeverAsksWhileFilesChangeGetsTheOldOrTheNew() throws Exception {
        var isOver = new AtomicBoolean();
        var wrong = new ArrayList<Future<Long>>();
        try (var askers = Executors.newFixedThreadPool(3)) {
            for (var i = 0; i < 3; i++)
                wrong.add(
                        askers.submit(
                                () -> {
                                    var count = 0L;
                                    while (!isOver.get()) {
                                        var asn = asn().orElse(0);
                                        if (asn != 1 && asn != 2222) count++;
                                    }
                                    return count;
                                }));
            for (var i = 0; i < 50; i++) {
                Files.write(path, of(i % 2 == 0 ? 2222 : 1));
                look();
            }
            isOver.set(true);
            for (var count : wrong) assertThat(count.get()).isZero();
        }
        assertThat(refused).isEmpty();
    }
}
