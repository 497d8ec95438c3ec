package segue.server.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.network.ClientAddress;

import java.util.Arrays;
import java.util.HexFormat;

class MmdbFileTest {
    private static final ClientAddress LOOPBACK = ClientAddress.of(new byte[] {127, 0, 0, 1});
    private static final int TREE = 6;

    /// An IPv4 file that says the same of every address: the value at an offset of the data.
    private static byte[] file(byte[] data, int offset) {
        var record = 1 + 16 + offset;
        var tree = new byte[TREE];
        for (var i = 0; i < TREE; i++) tree[i] = (byte) (record >> (16 - i % 3 * 8));
        return MmdbWriter.file(tree, data, MmdbWriter.metadata("Any", 4, 24, 1));
    }

    private static Object read(byte[] data, int offset) throws MmdbFile.Malformed {
        return new MmdbFile(file(data, offset)).find(LOOPBACK).orElseThrow();
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    @ParameterizedTest
    @CsvSource({
        "text, 42 c3a9, é",
        "double, 68 4042 8000 0000 0000, 37.0",
        "uint16, a2 0102, 258",
        "uint32, c4 ffffffff, 4294967295",
        "zero, c0, 0",
        "map, e1 41 61 41 62, {a=b}",
        "int32, 04 01 ffffffff, -1",
        "uint64, 02 02 0100, 256",
        "list, 02 04 41 61 a1 07, '[a, 7]'",
        "yes, 01 07, true",
        "no, 00 07, false",
        "float, 04 08 3fc00000, 1.5"
    })
    void everyTypeIsRead(String type, String data, String value) throws Exception {
        assertThat(read(hex(data), 0)).as(type).hasToString(value);
    }

    @Test
    void bytesAndNumbersOf128BitsArePassedOver() throws Exception {
        assertThat(read(hex("03 04 82 0102 02 03 0102 a1 07"), 0)).asString().endsWith(", 7]");
    }

    @ParameterizedTest
    @ValueSource(ints = {28, 29, 284, 285, 65_820, 65_821, 70_000})
    void aTextMayBeOfAnyLength(int length) throws Exception {
        var small = length < 29 ? length : length < 285 ? 29 : length < 65_821 ? 30 : 31;
        var more =
                switch (small) {
                    case 29 -> "%02x".formatted(length - 29);
                    case 30 -> "%04x".formatted(length - 285);
                    case 31 -> "%06x".formatted(length - 65_821);
                    default -> "";
                };
        var head = hex("%02x".formatted((2 << 5) | small) + more);
        var data = Arrays.copyOf(head, head.length + length);
        Arrays.fill(data, head.length, data.length, (byte) 'a');
        assertThat(read(data, 0)).isEqualTo("a".repeat(length));
    }

    /// Every kind of pointer counts from an offset of its own.
    @ParameterizedTest
    @CsvSource({
        "20 05, 5",
        "27 ff, 2047",
        "28 0000, 2048",
        "2f ffff, 526335",
        "30 000000, 526336",
        "31 000000, 17303552",
        "38 00000005, 5"
    })
    void aPointerLeadsToAValue(String pointer, int target) throws Exception {
        var bytes = hex(pointer);
        var data = new byte[target + 2 + bytes.length];
        data[target] = 0x41;
        data[target + 1] = 'a';
        System.arraycopy(bytes, 0, data, target + 2, bytes.length);
        // The record of one node has 24 bits, so what lies far off is pointed to from the front.
        if (target < 1_000_000) assertThat(read(data, target + 2)).isEqualTo("a");
        else {
            System.arraycopy(bytes, 0, data, 0, bytes.length);
            assertThat(read(data, 0)).isEqualTo("a");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "20 00", // a pointer to itself
                "e1 41 61 20 00", // a map that holds itself
                "38 7fffffff", // a pointer beyond the end
                "5d ff", // a text that is longer than the file
                "67 40428000000000", // a double of seven bytes
                "09 02 0102030405060708 09", // a number of nine bytes
                "00 05", // a data cache container
                "00 06" // an end marker
            })
    void aBrokenRecordIsRefused(String data) {
        var file = hex(data);
        assertThatThrownBy(() -> read(file, 0)).isInstanceOf(MmdbFile.Malformed.class);
    }

    @Test
    void aFileThatWasCutOffIsRefused() throws Exception {
        var whole = NetworksTable.cityFile(24);
        for (var length = 0; length < whole.length; length++) {
            var part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> new MmdbFile(part)).isInstanceOf(MmdbFile.Malformed.class);
        }
    }

    /// Whatever stands in a file: it is read, or refused as malformed; nothing else happens.
    @Test
    void noByteOfAFileCanDoMoreThanBreakIt() throws Exception {
        var whole = NetworksTable.cityFile(28);
        var rows = NetworksTable.rows();
        var refused = 0;
        for (var at = 0; at < whole.length; at++)
            for (var flip : new int[] {0x01, 0x20, 0x80, 0xff}) {
                var bytes = whole.clone();
                bytes[at] = (byte) (bytes[at] ^ flip);
                try {
                    var file = new MmdbFile(bytes);
                    for (var row : rows) file.find(row.firstAddress());
                } catch (MmdbFile.Malformed e) {
                    refused++;
                }
            }
        assertThat(refused).isPositive();
    }

    @ParameterizedTest
    @CsvSource({"4, 20", "4, 0", "6, 24"})
    void aSizeOfRecordsThatTheFormatLacksAndATreeBeyondTheEndAreRefused(int version, int bits) {
        var metadata = MmdbWriter.metadata("Any", version, bits, bits == 24 ? 1_000_000 : 1);
        var file = MmdbWriter.file(new byte[TREE], new byte[0], metadata);
        assertThatThrownBy(() -> new MmdbFile(file)).isInstanceOf(MmdbFile.Malformed.class);
    }

    @Test
    void aFileOfIpv4KnowsNothingOfIpv6() throws Exception {
        var file = new MmdbFile(file(hex("41 61"), 0));
        assertThat(file.find(LOOPBACK)).hasValue("a");
        assertThat(file.find(ClientAddress.of(new byte[16]))).isEmpty();
    }
}
