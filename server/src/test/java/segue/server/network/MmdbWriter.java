package segue.server.network;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Writes small files in the MaxMind DB format, version 2, for tests and first experiments: an IPv6
/// tree in which IPv4 stands at ::/96 and, as in the files of MaxMind, at ::ffff:0:0/96 too. The
/// same rows give the same bytes.
final class MmdbWriter {
    private static final Instant BUILT = Instant.parse("2026-11-24T00:00:00Z");

    private final Node root = new Node();
    private final Section data = new Section();

    private static final class Node {
        private final @Nullable Object[] children = new @Nullable Object[2];
    }

    private record Leaf(int offset) {}

    private record Prefix(byte[] address, int length) {
        static Prefix of(String cidr) {
            var parts = cidr.split("/", 2);
            var bytes = InetAddress.ofLiteral(parts[0]).getAddress();
            var long6 = new byte[16];
            System.arraycopy(bytes, 0, long6, 16 - bytes.length, bytes.length);
            return new Prefix(long6, Integer.parseInt(parts[1]) + (16 - bytes.length) * 8);
        }

        int bit(int at) {
            return (address[at / 8] >> (7 - at % 8)) & 1;
        }
    }

    private MmdbWriter() {}

    /// The bytes of a file.
    ///
    /// @param type what kind of file it says it is
    /// @param bits of a record of the tree: 24, 28 or 32
    /// @param records by network; a smaller network wins over a larger one around it
    static byte[] write(String type, int bits, SequencedMap<String, Map<String, Object>> records) {
        var writer = new MmdbWriter();
        records.entrySet().stream()
                .sorted(Comparator.comparingInt(it -> Prefix.of(it.getKey()).length()))
                .forEach(it -> writer.insert(Prefix.of(it.getKey()), it.getValue()));
        writer.alias();
        return writer.file(type, bits);
    }

    private void insert(Prefix prefix, Map<String, Object> record) {
        place(prefix, new Leaf(data.record(record)));
    }

    private void place(Prefix prefix, Object what) {
        var node = nodeAt(prefix, prefix.length() - 1);
        node.children[prefix.bit(prefix.length() - 1)] = what;
    }

    /// A leaf on the way is split: what it says holds for both halves.
    private Node nodeAt(Prefix prefix, int depth) {
        var node = root;
        for (var at = 0; at < depth; at++) {
            var child = node.children[prefix.bit(at)];
            if (child instanceof Node next) {
                node = next;
                continue;
            }
            var next = new Node();
            Arrays.fill(next.children, child);
            node.children[prefix.bit(at)] = next;
            node = next;
        }
        return node;
    }

    private void alias() {
        var ipv4 = nodeAt(Prefix.of("0.0.0.0/0"), 96);
        var mapped = new byte[16];
        Arrays.fill(mapped, 10, 12, (byte) 0xff);
        place(new Prefix(mapped, 96), ipv4);
    }

    private byte[] file(String type, int bits) {
        var nodes = numbered();
        var file = new ByteArrayOutputStream();
        for (var node : nodes.keySet())
            putNode(
                    file,
                    bits,
                    reference(node.children[0], nodes),
                    reference(node.children[1], nodes));
        return file(file.toByteArray(), data.bytes(), metadata(type, 6, bits, nodes.size()));
    }

    /// A file of these three parts.
    static byte[] file(byte[] tree, byte[] data, byte[] metadata) {
        var file = new ByteArrayOutputStream();
        file.writeBytes(tree);
        file.writeBytes(new byte[16]);
        file.writeBytes(data);
        file.writeBytes("\u00ab\u00cd\u00efMaxMind.com".getBytes(StandardCharsets.ISO_8859_1));
        file.writeBytes(metadata);
        return file.toByteArray();
    }

    private static void putNode(ByteArrayOutputStream to, int bits, long left, long right) {
        if (bits == 28) {
            put(to, 3, left);
            put(to, 1, ((left >> 24) << 4) | (right >> 24));
            put(to, 3, right);
        } else {
            put(to, bits / 8, left);
            put(to, bits / 8, right);
        }
    }

    private SequencedMap<Node, Integer> numbered() {
        var nodes = new LinkedHashMap<Node, Integer>();
        var waiting = new ArrayList<>(List.of(root));
        for (var i = 0; i < waiting.size(); i++) {
            var node = waiting.get(i);
            if (nodes.putIfAbsent(node, nodes.size()) != null) continue;
            for (var child : node.children) if (child instanceof Node next) waiting.add(next);
        }
        return nodes;
    }

    private static long reference(@Nullable Object child, Map<Node, Integer> nodes) {
        if (child instanceof Node node) return nodes.getOrDefault(node, -1);
        return child instanceof Leaf(var offset) ? nodes.size() + 16L + offset : nodes.size();
    }

    static byte[] metadata(String type, int ipVersion, int bits, int nodes) {
        var metadata = new LinkedHashMap<String, Object>();
        metadata.put("binary_format_major_version", new Whole(5, 2));
        metadata.put("binary_format_minor_version", new Whole(5, 0));
        metadata.put("build_epoch", new Whole(9, BUILT.getEpochSecond()));
        metadata.put("database_type", type);
        metadata.put("description", Map.of("en", "Invented networks for trying Segue"));
        metadata.put("ip_version", new Whole(5, ipVersion));
        metadata.put("languages", List.of("en"));
        metadata.put("node_count", new Whole(6, nodes));
        metadata.put("record_size", new Whole(5, bits));
        var section = new Section();
        section.put(metadata);
        return section.bytes();
    }

    private static void put(ByteArrayOutputStream to, int length, long value) {
        to.write(ByteBuffer.allocate(8).putLong(value).array(), 8 - length, length);
    }

    /// A whole number, and the type that the format has for it.
    record Whole(int type, long value) {}

    /// Values one behind the other. A text that was written before is pointed to, and so is nothing
    /// else.
    private static final class Section {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final Map<String, Integer> texts = new HashMap<>();
        private final Map<Map<String, Object>, Integer> records = new HashMap<>();

        byte[] bytes() {
            return out.toByteArray();
        }

        /// Where the record stands; equal ones stand in one place.
        int record(Map<String, Object> record) {
            var known = records.get(record);
            if (known != null) return known;
            var offset = out.size();
            put(record);
            records.put(record, offset);
            return offset;
        }

        void put(Object value) {
            switch (value) {
                case String text -> putText(text);
                case Double number -> {
                    control(3, 8);
                    MmdbWriter.put(out, 8, Double.doubleToLongBits(number));
                }
                case Whole(var type, var number) -> {
                    var length = (BigInteger.valueOf(number).bitLength() + 7) / 8;
                    control(type, length);
                    MmdbWriter.put(out, length, number);
                }
                case Map<?, ?> map -> {
                    control(7, map.size());
                    map.forEach(
                            (key, mapped) -> {
                                put(key);
                                put(mapped);
                            });
                }
                case List<?> list -> {
                    control(11, list.size());
                    list.forEach(this::put);
                }
                default -> throw new IllegalArgumentException("no type for " + value);
            }
        }

        private void putText(String text) {
            var known = texts.get(text);
            if (known != null) {
                pointer(known);
                return;
            }
            texts.put(text, out.size());
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            control(2, bytes.length);
            out.writeBytes(bytes);
        }

        private void pointer(int to) {
            if (to < 2048) MmdbWriter.put(out, 2, 1 << 13 | to);
            else if (to < 526_336) MmdbWriter.put(out, 3, 1 << 21 | 1 << 19 | (to - 2048));
            else MmdbWriter.put(out, 4, 1 << 29 | 2 << 27 | (to - 526_336));
        }

        private void control(int type, int size) {
            var small = size < 29 ? size : 29;
            if (type < 8) out.write((type << 5) | small);
            else {
                out.write(small);
                out.write(type - 7);
            }
            if (size >= 29) out.write(size - 29);
        }
    }
}
