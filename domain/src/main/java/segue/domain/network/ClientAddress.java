package segue.domain.network;

import java.util.Arrays;
import java.util.StringJoiner;

/// An IP address in its canonical bytes: 4 for IPv4, 16 for IPv6; an IPv4-mapped IPv6 address is
/// the IPv4 address. Equality lives here and nowhere else, because Java and PostgreSQL disagree
/// about it (THREATS section 0, R31.1).
public final class ClientAddress {
    private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

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

    /// Whether it is this machine's own: 127.0.0.0/8 or ::1.
    public boolean isLoopback() {
        if (bytes.length == 4) return bytes[0] == 127;
        var one = new byte[16];
        one[15] = 1;
        return Arrays.equals(bytes, one);
    }

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
