package segue.faults;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Arrays;

/// What lies on the disk at a start isn't what was there at the end: the start is refused with one
/// clear line (promise P8), and once the file is back all is as it was. The end of the log that a
/// power failure left torn is no damage: it was never acknowledged.
record SqliteDamaged() implements Scenario {
    @Override
    public String label() {
        return "SQLite missing, torn, overwritten";
    }

    @Override
    public Seen play(Stage stage, Load load) throws Exception {
        load.start();
        load.awaitDone(200);
        load.stop();
        stage.kill();
        var log = Path.of(stage.databaseFile() + "-wal");
        append(log, garbage(5_000));
        stage.start();
        load.start();
        load.awaitDone(100);
        load.stop();
        stage.server().close();
        var file = stage.databaseFile();
        // So that the file is all there is, and what is torn can't come back from the log.
        try (var database = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = database.createStatement()) {
            statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        var whole = Files.readAllBytes(file);
        var seen = new ArrayList<String>();
        Files.delete(file);
        seen.add("missing: " + refusal(stage));
        if (Files.exists(file)) throw new IllegalStateException("a new database was made");
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        seen.add("half of it: " + refusal(stage));
        Files.write(file, new byte[0]);
        seen.add("empty: " + refusal(stage));
        Files.write(file, overwritten(whole));
        seen.add("first page overwritten: " + refusal(stage));
        Files.write(file, whole);
        stage.start();
        return new Seen(5, String.join("; ", seen));
    }

    private static byte[] overwritten(byte[] whole) {
        var broken = whole.clone();
        System.arraycopy(garbage(4096), 0, broken, 0, 4096);
        return broken;
    }

    private static byte[] garbage(int length) {
        var bytes = new byte[length];
        Arrays.fill(bytes, (byte) 0xa5);
        return bytes;
    }

    private static void append(Path file, byte[] bytes) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.APPEND)) {
            channel.write(ByteBuffer.wrap(bytes));
        }
    }

    /// The one line of it.
    private static String refusal(Stage stage) throws IOException, InterruptedException {
        var refusal = ServerProcess.refused(stage.settings(), stage.folder(), stage.jvm());
        if (refusal.isEmpty()) throw new IllegalStateException("it started");
        var lines = refusal.get().output().lines().filter(it -> it.startsWith("segue: ")).toList();
        if (refusal.get().exitCode() == 0 || lines.size() != 1)
            throw new IllegalStateException("not one clear line: " + refusal.get());
        return lines.getFirst().replace(stage.dataFolder() + "/", "").replace("segue: ", "");
    }
}
