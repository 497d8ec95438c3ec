package segue.domain.network;

import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;

/// An IP address in its canonical bytes: 4 for IPv4, 16 for IPv6; an IPv4-mapped IPv6 address is
/// the IPv4 address. Equality lives here and nowhere else, because Java and PostgreSQL disagree
/// about it (THREATS section 0, R31.1).
public final class ClientAddress {
    private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

    /// The bytes of a /64.
    private static final int PREFIX = 8;

    private final byte[] bytes;

    private ClientAddress(byte[] bytes) {
        this.bytes = bytes;
    }

    /// @param bytes 4 or 16 bytes in network order; copied
    /// @throws IllegalArgumentException for any other number of bytes
    public static ClientAddress of(byte[] bytes) {
        if (bytes.length != 4 && bytes.length != 16)
            throw new IllegalArgumentException(
                    "an IP address has 4 or 16 bytes, not " + bytes.length);
        var isMapped = bytes.length == 16 && Arrays.equals(bytes, 0, 12, MAPPED, 0, 12);
        return new ClientAddress(isMapped ? Arrays.copyOfRange(bytes, 12, 16) : bytes.clone());
    }

    /// A copy of the canonical bytes.
    public byte[] bytes() {
        return bytes.clone();
    }

    /// Whether it is an IPv4 address, written as such or mapped into IPv6.
    public boolean isIpv4() {
        return bytes.length == 4;
    }

    /// Whether both are IPv6 addresses of the same /64, the smallest network that a provider gives
    /// to one customer; devices choose the rest themselves, and change it (RFC 8981).
    public boolean sharesPrefix64(ClientAddress other) {
        return !isIpv4()
                && !other.isIpv4()
                && Arrays.equals(bytes, 0, PREFIX, other.bytes, 0, PREFIX);
    }

    /// The network that attempts are counted for: the address itself, or the /64 of an IPv6 one, in
    /// which a single customer has all addresses (RFC 8981).
    public String network() {
        return isIpv4() ? toString() : of(Arrays.copyOf(Arrays.copyOf(bytes, PREFIX), 16)) + "/64";
    }

    /// Whether it is this machine's own: 127.0.0.0/8 or ::1.
    public boolean isLoopback() {
        if (bytes.length == 4) return bytes[0] == 127;
        var one = new byte[16];
        one[15] = 1;
        return Arrays.equals(bytes, one);
    }

    /// Whether anybody on the Internet may have it: not this machine's, not of a private network,
    /// no link-local, shared, documentation, benchmarking, multicast or reserved one, and none that
    /// carries an IPv4 address inside (NAT64, 6to4, Teredo). IANA special-purpose address
    /// registries; THREATS R43.1.
    public boolean isGlobal() {
        return bytes.length == 4
                ? NOT_GLOBAL_4.stream().noneMatch(range -> range.holds(bytes))
                : GLOBAL_6.holds(bytes) && NOT_GLOBAL_6.stream().noneMatch(it -> it.holds(bytes));
    }

    /// The leading bits of a range.
    private record Range(byte[] network, int bits) {
        static Range of(int bits, int... leading) {
            var network = new byte[16];
            for (var i = 0; i < leading.length; i++) network[i] = (byte) leading[i];
            return new Range(network, bits);
        }

        boolean holds(byte[] address) {
            for (var bit = 0; bit < bits; bit++) {
                var mask = 0x80 >> bit % 8;
                if (((address[bit / 8] ^ network[bit / 8]) & mask) != 0) return false;
            }
            return true;
        }
    }

    private static final List<Range> NOT_GLOBAL_4 =
            List.of(
                    Range.of(8, 0),
                    Range.of(8, 10),
                    Range.of(10, 100, 64),
                    Range.of(8, 127),
                    Range.of(16, 169, 254),
                    Range.of(12, 172, 16),
                    Range.of(24, 192, 0, 0),
                    Range.of(24, 192, 0, 2),
                    Range.of(24, 192, 88, 99),
                    Range.of(16, 192, 168),
                    Range.of(15, 198, 18),
                    Range.of(24, 198, 51, 100),
                    Range.of(24, 203, 0, 113),
                    Range.of(3, 224));

    private static final Range GLOBAL_6 = Range.of(3, 0x20);

    private static final List<Range> NOT_GLOBAL_6 =
            List.of(
                    Range.of(23, 0x20, 0x01, 0x00),
                    Range.of(32, 0x20, 0x01, 0x0d, 0xb8),
                    Range.of(16, 0x20, 0x02),
                    Range.of(20, 0x3f, 0xff, 0x00));

    @Override
    public boolean equals(Object other) {
        return other instanceof ClientAddress address && Arrays.equals(bytes, address.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /// Dotted decimal, or RFC 5952.
    @Override
    public String toString() {
        return bytes.length == 4 ? dotted() : grouped();
    }

    private String dotted() {
        var text = new StringJoiner(".");
        for (var part : bytes) text.add(Integer.toString(part & 0xff));
        return text.toString();
    }

    private String grouped() {
        var groups = new int[8];
        for (var i = 0; i < 8; i++)
            groups[i] = ((bytes[2 * i] & 0xff) << 8) | (bytes[2 * i + 1] & 0xff);
        var gap = longestGap(groups);
        var text = new StringBuilder();
        for (var i = 0; i < 8; i++) {
            if (gap.length() > 1 && i == gap.start()) {
                text.append("::");
                i += gap.length() - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') text.append(':');
            text.append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }

    private record Gap(int start, int length) {}

    private static Gap longestGap(int[] groups) {
        var longest = new Gap(0, 0);
        for (var start = 0; start < 8; start++) {
            var end = start;
            while (end < 8 && groups[end] == 0) end++;
            if (end - start > longest.length()) longest = new Gap(start, end - start);
        }
        return longest;
    }
}
