package segue.server.network;

import com.maxmind.db.InvalidDatabaseException;
import com.maxmind.db.Reader;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.BitSet;
import java.util.Map;
import java.util.function.Predicate;

/// The tree of a MaxMind DB file (format 2.0, "Binary Search Tree Section"), walked once before the
/// file is used: the reader checks nothing but what it meets on the way to one address, so a file
/// that was cut off or garbled would otherwise be found out by a user.
final class SearchTree {
    private static final int SEPARATOR = 16;

    private static final byte ON_THE_WAY = 1;
    private static final byte WALKED = 2;

    private final byte[] bytes;
    private final Reader reader;
    private final int nodes;
    private final int bits;
    private final byte[] address;

    // Subtrees are shared: IPv4 stands in an IPv6 tree several times.
    private final byte[] states;
    private final BitSet recordsRead = new BitSet();
    private long told;

    /// @param bytes the whole file
    /// @param reader of the same bytes
    /// @throws InvalidDatabaseException if its metadata can't be true
    SearchTree(byte[] bytes, Reader reader) throws InvalidDatabaseException {
        this.bytes = bytes;
        this.reader = reader;
        var metadata = reader.getMetadata();
        this.bits = metadata.recordSize();
        if (bits != 24 && bits != 28 && bits != 32)
            throw new InvalidDatabaseException("a record size of " + bits);
        if (metadata.binaryFormatMajorVersion() != 2)
            throw new InvalidDatabaseException(
                    "version " + metadata.binaryFormatMajorVersion() + " of the format");
        if (metadata.ipVersion() != 4 && metadata.ipVersion() != 6)
            throw new InvalidDatabaseException("IP version " + metadata.ipVersion());
        var room = (bytes.length - SEPARATOR) / (bits / 4);
        if (metadata.nodeCount() < 1 || metadata.nodeCount() > room)
            throw new InvalidDatabaseException(
                    "a tree of " + metadata.nodeCount() + " nodes doesn't fit into it");
        this.nodes = (int) metadata.nodeCount();
        this.states = new byte[nodes];
        this.address = new byte[metadata.ipVersion() == 4 ? 4 : 16];
    }

    /// Reads every record once, and counts those of which something is true.
    ///
    /// @throws IOException if one can't be read, or the tree isn't one
    long count(Predicate<Map<?, ?>> isTold) throws IOException {
        walk(0, 0, isTold);
        return told;
    }

    private void walk(int node, int depth, Predicate<Map<?, ?>> isTold) throws IOException {
        if (depth == address.length * 8 || states[node] == ON_THE_WAY)
            throw new InvalidDatabaseException("its tree goes deeper than an address");
        if (states[node] == WALKED) return;
        states[node] = ON_THE_WAY;
        for (var side = 0; side < 2; side++) {
            put(depth, side);
            var child = child(node, side);
            if (child < nodes) walk((int) child, depth + 1, isTold);
            else if (child > nodes) read(child - nodes - SEPARATOR, isTold);
        }
        put(depth, 0);
        states[node] = WALKED;
    }

    private void put(int bit, int value) {
        var mask = 0x80 >> bit % 8;
        if (value == 1) address[bit / 8] |= (byte) mask;
        else address[bit / 8] &= (byte) ~mask;
    }

    private void read(long offset, Predicate<Map<?, ?>> isTold) throws IOException {
        if (offset < 0 || offset >= bytes.length)
            throw new InvalidDatabaseException("its tree points beside its data");
        if (recordsRead.get((int) offset)) return;
        recordsRead.set((int) offset);
        var record = reader.get(network(), Map.class);
        if (record == null) throw new InvalidDatabaseException("its tree points to nothing");
        if (isTold.test(record)) told++;
    }

    /// As it stands, also where IPv4 is mapped into IPv6.
    private InetAddress network() throws IOException {
        return address.length == 4
                ? InetAddress.getByAddress(address)
                : Inet6Address.getByAddress("", address, -1);
    }

    /// The record of a node; those of 28 bits share the byte in their middle.
    private long child(int node, int side) {
        var width = bits / 8;
        var start = node * (bits / 4);
        if (bits != 28) return number(start + side * width, width);
        var middle = bytes[start + 3] & 0xff;
        return side == 0
                ? ((long) (middle >> 4) << 24) | number(start, 3)
                : ((long) (middle & 0xf) << 24) | number(start + 4, 3);
    }

    private long number(int start, int length) {
        var number = 0L;
        for (var at = start; at < start + length; at++) number = (number << 8) | (bytes[at] & 0xff);
        return number;
    }
}
