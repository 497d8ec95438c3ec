package segue.server.network;

import segue.domain.network.ClientAddress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A file in the MaxMind DB format, version 2: a binary tree over the bits of addresses, whose
/// leaves point to records. It is read into memory once and never changes after that, so any number
/// of threads may look things up, and a file that is overwritten on disk disturbs nobody.
final class MmdbFile {
    private static final byte[] MARKER =
            "\u00ab\u00cd\u00efMaxMind.com".getBytes(StandardCharsets.ISO_8859_1);
    private static final int FARTHEST_MARKER = 128 * 1024;
    private static final int SEPARATOR = 16;

    /// Deeper than any record of a known file; a pointer that leads back to itself ends here.
    private static final int DEEPEST = 32;

    /// The bytes don't follow the format.
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }
    }

    private final byte[] bytes;
    private final String type;
    private final long nodes;
    private final int recordBits;
    private final boolean isOfIpv6;
    private final int data;

    /// @throws IOException if it can't be read
    /// @throws Malformed if it isn't such a file
    static MmdbFile read(Path file) throws IOException, Malformed {
        return new MmdbFile(Files.readAllBytes(file));
    }

    /// @param bytes of the file; not copied
    MmdbFile(byte[] bytes) throws Malformed {
        this.bytes = bytes;
        var start = metadataStart(bytes);
        if (!(new Decoder(start, start).value() instanceof Map<?, ?> metadata))
            throw new Malformed("its metadata is no map");
        if (number(metadata, "binary_format_major_version") != 2)
            throw new Malformed("it isn't of version 2 of the MaxMind DB format");
        this.type = metadata.get("database_type") instanceof String text ? text : "";
        this.nodes = number(metadata, "node_count");
        var size = number(metadata, "record_size");
        if (size != 24 && size != 28 && size != 32)
            throw new Malformed("its records have " + size + " bits");
        this.recordBits = (int) size;
        this.isOfIpv6 = number(metadata, "ip_version") == 6;
        // Compared before it is multiplied, or it might overflow.
        var isPossible = nodes > 0 && nodes < bytes.length;
        var behindTree = isPossible ? nodes * recordBits / 4 + SEPARATOR : Long.MAX_VALUE;
        if (behindTree > start - MARKER.length) throw new Malformed("it is cut off");
        this.data = (int) behindTree;
    }

    /// Behind the last marker, which is near the end of the file.
    private static int metadataStart(byte[] bytes) throws Malformed {
        var first = Math.max(0, bytes.length - FARTHEST_MARKER);
        for (var at = bytes.length - MARKER.length; at >= first; at--)
            if (ByteBuffer.wrap(bytes, at, MARKER.length).equals(ByteBuffer.wrap(MARKER)))
                return at + MARKER.length;
        throw new Malformed("it isn't in MaxMind DB format");
    }

    private static long number(Map<?, ?> metadata, String key) throws Malformed {
        if (metadata.get(key) instanceof Long number) return number;
        throw new Malformed("its metadata lacks " + key);
    }

    /// What its maker calls the kind of file, such as `GeoLite2-ASN`.
    String type() {
        return type;
    }

    /// The record of the smallest network that holds the address; empty if there is none.
    ///
    /// @throws Malformed if the file is broken there
    Optional<Object> find(ClientAddress address) throws Malformed {
        var bits = address.bytes();
        if (bits.length == 16 && !isOfIpv6) return Optional.empty();
        var node = 0L;
        // The IPv4 addresses are the last 32 bits of ::/96.
        if (bits.length == 4 && isOfIpv6)
            for (var bit = 0; bit < 96 && node < nodes; bit++) node = child(node, 0);
        for (var bit = 0; bit < bits.length * 8 && node < nodes; bit++)
            node = child(node, (bits[bit / 8] >> (7 - bit % 8)) & 1);
        if (node < nodes) throw new Malformed("its tree is deeper than an address");
        if (node == nodes) return Optional.empty();
        return Optional.of(new Decoder(data, data + node - nodes - SEPARATOR).value());
    }

    private long child(long node, int side) {
        return switch (recordBits) {
            case 24 -> unsigned(node * 6 + side * 3L, 3);
            case 28 -> {
                var middle = unsigned(node * 7 + 3, 1);
                yield side == 0
                        ? ((middle >> 4) << 24) | unsigned(node * 7, 3)
                        : ((middle & 0x0f) << 24) | unsigned(node * 7 + 4, 3);
            }
            default -> unsigned(node * 8 + side * 4L, 4);
        };
    }

    private long unsigned(long at, int length) {
        var value = 0L;
        for (var i = 0; i < length; i++) value = (value << 8) | (bytes[(int) at + i] & 0xff);
        return value;
    }

    /// Reads values one behind the other: numbers as `Long` or `Double`, and texts, maps and lists.
    private final class Decoder {
        private final long section;
        private final int depth;
        private long at;

        /// @param section where pointers count from
        Decoder(long section, long at) {
            this(section, at, 0);
        }

        private Decoder(long section, long at, int depth) {
            this.section = section;
            this.at = at;
            this.depth = depth;
        }

        Object value() throws Malformed {
            return value(depth);
        }

        private Object value(int deep) throws Malformed {
            if (deep > DEEPEST) throw new Malformed("its records are nested too deeply");
            var control = (int) take(1);
            var type = control >> 5;
            if (type == 1)
                return new Decoder(section, section + pointer(control), deep + 1).value();
            if (type == 0) type = 7 + (int) take(1);
            var size = size(control & 0x1f);
            return switch (type) {
                case 2 -> new String(raw(size), StandardCharsets.UTF_8);
                case 3 -> Double.longBitsToDouble(exact(size, 8));
                // Bytes, and numbers of 128 bits: nothing that we look for.
                case 4, 10 -> raw(size);
                case 5, 6, 9 -> number(size, 8);
                case 8 -> (long) (int) number(size, 4);
                case 7 -> map(size, deep);
                case 11 -> list(size, deep);
                case 14 -> size != 0;
                case 15 -> (double) Float.intBitsToFloat((int) exact(size, 4));
                default -> throw new Malformed("it has a value of the unknown type " + type);
            };
        }

        private Map<Object, Object> map(int size, int deep) throws Malformed {
            var map = new LinkedHashMap<Object, Object>();
            for (var i = 0; i < size; i++) {
                var key = value(deep + 1);
                map.put(key, value(deep + 1));
            }
            return map;
        }

        private List<Object> list(int size, int deep) throws Malformed {
            var list = new ArrayList<>();
            for (var i = 0; i < size; i++) list.add(value(deep + 1));
            return list;
        }

        private long pointer(int control) throws Malformed {
            var high = control & 0x07L;
            return switch ((control >> 3) & 3) {
                case 0 -> (high << 8) | take(1);
                case 1 -> ((high << 16) | take(2)) + 2048;
                case 2 -> ((high << 24) | take(3)) + 526_336;
                default -> take(4);
            };
        }

        private int size(int small) throws Malformed {
            return switch (small) {
                case 29 -> 29 + (int) take(1);
                case 30 -> 285 + (int) take(2);
                case 31 -> 65_821 + (int) take(3);
                default -> small;
            };
        }

        /// Leading zero bytes of integers are left out.
        private long number(int size, int most) throws Malformed {
            if (size > most) throw new Malformed("it has a number of " + size + " bytes");
            return take(size);
        }

        private long exact(int size, int right) throws Malformed {
            if (size != right) throw new Malformed("it has a number of " + size + " bytes");
            return take(size);
        }

        private byte[] raw(int size) throws Malformed {
            demand(size);
            var from = (int) at;
            at += size;
            return Arrays.copyOfRange(bytes, from, from + size);
        }

        private long take(int size) throws Malformed {
            demand(size);
            at += size;
            return unsigned(at - size, size);
        }

        private void demand(int size) throws Malformed {
            if (at < 0 || at + size > bytes.length) throw new Malformed("it is cut off");
        }
    }
}
