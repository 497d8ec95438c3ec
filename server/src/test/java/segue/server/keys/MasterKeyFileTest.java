package segue.server.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class MasterKeyFileTest {
    @TempDir private Path folder = Path.of("");

    private Path file() {
        return folder.resolve("master.key");
    }

    @Test
    void aKeyIsMadeOnceForItsOwnerOnly() throws IOException {
        var made = MasterKeyFile.readOrMake(file());
        assertThat(made).hasSize(32);
        assertThat(MasterKeyFile.readOrMake(file())).isEqualTo(made);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(file());
        }
    }

    @Test
    void everyFolderGetsAKeyOfItsOwn() throws IOException {
        assertThat(MasterKeyFile.readOrMake(file()))
                .isNotEqualTo(MasterKeyFile.readOrMake(folder.resolve("other.key")));
    }

    @Test
    void fiftyWhoStartAtOnceHaveOneKey() throws Exception {
        var start = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var keys = new ArrayList<Future<byte[]>>();
            for (var i = 0; i < 50; i++)
                keys.add(
                        threads.submit(
                                () -> {
                                    start.await();
                                    return MasterKeyFile.readOrMake(file());
                                }));
            start.countDown();
            var first = keys.getFirst().get();
            for (var key : keys) assertThat(Arrays.equals(key.get(), first)).isTrue();
        }
    }

    @Test
    void aFileThatHoldsNoKeyIsReportedAndKept() throws IOException {
        Files.writeString(file(), "");
        assertThatThrownBy(() -> MasterKeyFile.readOrMake(file()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("doesn't hold a 256-bit key");
        assertThat(file()).isEmptyFile();
    }
}
