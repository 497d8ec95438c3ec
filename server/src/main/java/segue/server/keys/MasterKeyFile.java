package segue.server.keys;

import segue.domain.secret.Secret;
import segue.server.settings.MasterKeyText;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;

/// The master key of a node that was given none: made at the first start, readable by its owner
/// only.
public final class MasterKeyFile {
    private MasterKeyFile() {}

    /// The key in the file, which is made if there is none. Of several processes that start at once
    /// one makes it, and all have the same. What this returns is on the disk, because losing it
    /// loses everything that it has sealed.
    ///
    /// @throws IOException if the file holds no 256-bit key, or can't be read or made
    public static byte[] readOrMake(Path file) throws IOException {
        if (!Files.exists(file)) make(file);
        return read(file);
    }

    /// The key in the file.
    ///
    /// @throws IOException if the file isn't there, or holds no 256-bit key
    public static byte[] read(Path file) throws IOException {
        return MasterKeyText.decode(new Secret(Files.readString(file).strip()))
                .orElseThrow(() -> new IOException(file + " doesn't hold a 256-bit key"));
    }

    private static void make(Path file) throws IOException {
        var key = new byte[32];
        new SecureRandom().nextBytes(key);
        var folder = file.toAbsolutePath().getParent();
        var ownerOnly = PosixFilePermissions.fromString("rw-------");
        // Whole under its own name or not there at all, whenever the power fails.
        var draft =
                Files.createTempFile(
                        folder,
                        "master",
                        ".draft",
                        PosixFilePermissions.asFileAttribute(ownerOnly));
        try {
            flush(draft, MasterKeyText.encode(key));
            publish(draft, file);
        } finally {
            Files.deleteIfExists(draft);
        }
        try (var entries = FileChannel.open(folder, StandardOpenOption.READ)) {
            entries.force(true);
        }
    }

    private static void flush(Path draft, Secret text) throws IOException {
        var bytes = ByteBuffer.wrap(text.reveal().getBytes(StandardCharsets.US_ASCII));
        try (var channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) channel.write(bytes);
            channel.force(true);
        }
    }

    /// A link is never made over a file that is there: whoever comes second takes the first one's
    /// key.
    private static void publish(Path draft, Path file) throws IOException {
        try {
            Files.createLink(file, draft);
        } catch (FileAlreadyExistsException _) {
            return;
        } catch (FileSystemException | UnsupportedOperationException noLinksHere) {
            if (!Files.exists(file)) Files.move(draft, file);
        }
    }
}
