package segue.server.network;

import com.maxmind.db.InvalidDatabaseException;
import com.maxmind.db.InvalidNetworkException;
import com.maxmind.db.Reader;

import segue.domain.network.ClientAddress;
import segue.domain.network.Geo;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A file in MaxMind DB format, in memory and checked from end to end: whoever has one may look in
/// it for as long as they like, whatever becomes of the file on disk. May be asked by any number of
/// threads.
public final class NetworkFile {
    /// What a file is about.
    public enum Kind {
        /// Autonomous systems, such as GeoLite2-ASN.
        ASN("network.asn-database", "ASN", "ISP") {
            @Override
            boolean isToldBy(Map<?, ?> record) {
                return NetworkRecord.asn(record).isPresent();
            }
        },
        /// Places, such as GeoLite2-City.
        CITY("network.city-database", "City", "Enterprise") {
            @Override
            boolean isToldBy(Map<?, ?> record) {
                return !NetworkRecord.geo(record).equals(Geo.UNKNOWN);
            }
        };

        private final String key;
        private final String part;
        private final String otherPart;

        /// @param part of `database_type`, to which vendors add their own name
        Kind(String key, String part, String otherPart) {
            this.key = key;
            this.part = part;
            this.otherPart = otherPart;
        }

        /// The setting that names the file.
        public String key() {
            return key;
        }

        /// In one word, for a label.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// Whether a record says what we look for.
        abstract boolean isToldBy(Map<?, ?> record);
    }

    /// A file can't be used; the message says which and why, in one line.
    public static final class Unusable extends Exception {
        private static final long serialVersionUID = 1L;

        Unusable(Kind kind, Path file, String reason, Throwable cause) {
            super(line(kind, file, reason), cause);
        }

        Unusable(Kind kind, Path file, String reason) {
            super(line(kind, file, reason));
        }

        /// The reason may quote what stands in the file.
        private static String line(Kind kind, Path file, String reason) {
            return (kind.key() + ": " + file + " " + reason).replaceAll("\\p{Cntrl}", "?");
        }
    }

    private final Reader reader;

    private NetworkFile(Reader reader) {
        this.reader = reader;
    }

    /// Reads a file whole.
    ///
    /// @throws Unusable if it can't be read, is of another kind, or is damaged
    public static NetworkFile read(Kind kind, Path file) throws Unusable {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new Unusable(kind, file, "can't be read", e);
        }
        try {
            var reader = new Reader(new ByteArrayInputStream(bytes));
            var type = reader.getMetadata().databaseType();
            if (!type.contains(kind.part) && !type.contains(kind.otherPart))
                throw new Unusable(
                        kind,
                        file,
                        "is of type \"%s\", not %s or %s"
                                .formatted(type, kind.part, kind.otherPart));
            if (told(reader, kind) == 0)
                throw new Unusable(
                        kind, file, "can't be used: nothing of what we look for stands in it");
            return new NetworkFile(reader);
        } catch (IOException | InvalidNetworkException | RuntimeException | StackOverflowError e) {
            // The reader trusts what it reads: a damaged file makes it stumble in many ways.
            var reason = Optional.ofNullable(e.getMessage()).orElse("it is damaged");
            // It was given no name to tell.
            throw new Unusable(
                    kind, file, "can't be used: " + reason.replace(" (<InputStream>)", ""), e);
        }
    }

    /// Reads every record, and counts those that say what we look for. The reader checks nothing
    /// but what it meets on the way to one address, so a file that was cut off or garbled would
    /// otherwise be found out by a user.
    private static long told(Reader reader, Kind kind) throws IOException, InvalidNetworkException {
        // Each leaf of a binary tree once; a garbled one may have loops.
        var most = reader.getMetadata().nodeCount() + 1;
        var seen = 0L;
        var told = 0L;
        for (var networks = reader.networks(Map.class); networks.hasNext(); ) {
            if (++seen > most) throw new InvalidDatabaseException("its tree is none");
            if (kind.isToldBy(NetworkRecord.map(networks.next().data()))) told++;
        }
        return told;
    }

    /// What the file calls itself.
    public String type() {
        return reader.getMetadata().databaseType();
    }

    /// When its data was put together.
    public Instant built() {
        return reader.getMetadata().buildTime();
    }

    /// What it says of an address; empty if nothing.
    Map<?, ?> record(ClientAddress address) {
        try {
            return NetworkRecord.map(
                    reader.get(InetAddress.getByAddress(address.bytes()), Map.class));
        } catch (IOException | IllegalArgumentException e) {
            // An IPv6 address in a file of IPv4 only. To bind by an unknown network fails closed
            // (THREATS R33.1), and nobody is kept from signing in.
            return Map.of();
        }
    }
}
