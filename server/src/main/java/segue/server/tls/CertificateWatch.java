package segue.server.tls;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import segue.server.settings.Settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Notices that the certificate's files have changed (contract operator §2, `server.tls.mode`). A
/// new file that can't be used changes nothing: the old certificate goes on serving.
public final class CertificateWatch {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateWatch.class);

    private final Settings.Tls.Files files;
    private final Consumer<ServerTls> use;
    private List<Optional<FileTime>> seen;

    /// @param use hears of each new certificate
    public CertificateWatch(Settings.Tls.Files files, Consumer<ServerTls> use) {
        this.files = files;
        this.use = use;
        this.seen = times();
    }

    /// Looks once. Not for two threads at a time.
    public void look() {
        var now = times();
        if (now.equals(seen)) return;
        seen = now;
        try {
            Certificates.context(files, Path.of(".")).ifPresent(use);
            LOG.info("the TLS certificate was reloaded");
        } catch (Certificates.Unusable e) {
            LOG.warn("the TLS certificate was not reloaded: {}", e.getMessage());
        }
    }

    private List<Optional<FileTime>> times() {
        return Stream.concat(Stream.of(files.chain()), files.key().stream())
                .map(CertificateWatch::changedAt)
                .toList();
    }

    private static Optional<FileTime> changedAt(Path file) {
        try {
            return Optional.of(Files.getLastModifiedTime(file));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
