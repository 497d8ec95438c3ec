package segue.server.settings;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/// A range of addresses, `10.0.0.0/8` or `2001:db8::/32`.
///
/// @param network its first address; an IPv4 address in IPv6 clothing (`::ffff:10.0.0.1`) counts as
///   IPv4
/// @param prefix how many leading bits are common: 0 to 32, or to 128
public record Cidr(InetAddress network, int prefix) {
    // InetAddress.ofLiteral takes 127.1 for 127.0.0.1 (THREATS section 0); a range that decides
    // whom we believe is written in full.
    private static final Pattern FOUR_NUMBERS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern PREFIX = Pattern.compile("\\d{1,3}");

    /// Refuses a prefix that is longer than the address, and bits set beyond the prefix, which are
    /// a typing mistake more often than not.
    public Cidr {
        var bytes = network.getAddress();
        if (prefix < 0 || prefix > bytes.length * 8) {
            throw new IllegalArgumentException("the prefix is longer than the address");
        }
        for (int bit = prefix; bit < bytes.length * 8; bit++) {
            if (bit(bytes, bit)) throw new IllegalArgumentException("bits beyond the prefix");
        }
    }

    /// Reads a range; an address without a prefix is the range of itself. Empty if it isn't one.
    public static Optional<Cidr> parse(String text) {
        var slash = text.indexOf('/');
        var literal = slash < 0 ? text : text.substring(0, slash);
        var prefix = slash < 0 ? "" : text.substring(slash + 1);
        var isFour = FOUR_NUMBERS.matcher(literal).matches();
        if (!isFour && (literal.indexOf(':') < 0 || literal.indexOf('%') >= 0)) {
            return Optional.empty();
        }
        if (slash >= 0 && !PREFIX.matcher(prefix).matches()) return Optional.empty();
        try {
            var network = InetAddress.ofLiteral(literal);
            var whole = network.getAddress().length * 8;
            return Optional.of(new Cidr(network, slash < 0 ? whole : Integer.parseInt(prefix)));
        } catch (IllegalArgumentException notAnAddress) {
            return Optional.empty();
        }
    }

    /// Whether the address lies in this range. An IPv4 range holds no IPv6 address and vice versa.
    public boolean contains(InetAddress address) {
        var ours = network.getAddress();
        var theirs = address.getAddress();
        if (ours.length != theirs.length) return false;
        for (int bit = 0; bit < prefix; bit++) {
            if (bit(ours, bit) != bit(theirs, bit)) return false;
        }
        return true;
    }

    private static boolean bit(byte[] bytes, int index) {
        return (bytes[index / 8] >> (7 - index % 8) & 1) == 1;
    }

    @Override
    public String toString() {
        return network.getHostAddress() + "/" + prefix;
    }
}
