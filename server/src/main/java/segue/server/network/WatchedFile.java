package segue.server.network;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import segue.domain.network.ClientAddress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// A file that is read again when it has changed (contract operator §2). A new one that can't be
/// used changes nothing: what was read before goes on (THREATS R33.2).
public final class WatchedFile {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedFile.class);

    private final NetworkFile.Kind kind;
    private final Path path;
    private Optional<Stamp> seen;
    private volatile NetworkFile current;

    /// What changes when a file is written anew, or another takes its place.
    private record Stamp(FileTime changed, long size, Optional<Object> key) {
        static Optional<Stamp> of(Path path) {
            try {
                var found = Files.readAttributes(path, BasicFileAttributes.class);
                return Optional.of(
                        new Stamp(
                                found.lastModifiedTime(),
                                found.size(),
                                Optional.ofNullable(found.fileKey())));
            } catch (IOException e) {
                return Optional.empty();
            }
        }
    }

    WatchedFile(NetworkFile.Kind kind, Path path) throws NetworkFile.Unusable {
        this.kind = kind;
        this.path = path;
        // Before it is read: what changes meanwhile is seen at the next look.
        this.seen = Stamp.of(path);
        this.current = NetworkFile.read(kind, path);
    }

    /// Looks once. Not for two threads at a time.
    ///
    /// @param refused hears if there is a new file that can't be used
    void look(Consumer<NetworkFile.Kind> refused) {
        var now = Stamp.of(path);
        if (now.equals(seen)) return;
        seen = now;
        try {
            current = NetworkFile.read(kind, path);
            LOG.info(
                    "{}: {} was reloaded: {}, built {}",
                    kind.key(),
                    path,
                    current.type(),
                    current.built());
        } catch (NetworkFile.Unusable e) {
            LOG.warn("{}; the one that was built {} stays in use", e.getMessage(), current.built());
            refused.accept(kind);
        }
    }

    Map<?, ?> record(ClientAddress address) {
        return current.record(address);
    }

    /// What it is about.
    public NetworkFile.Kind kind() {
        return kind;
    }

    /// What is in use.
    public NetworkFile current() {
        return current;
    }
}
