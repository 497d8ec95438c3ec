package segue.faults;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// PostgreSQL is away for some seconds, in one of the ways in which it can be, and comes back.
enum PostgresFault implements Scenario {
    RESTARTED("PostgreSQL restarted") {
        @Override
        void damage(Stage stage) throws IOException {
            stage.postgres().stop();
        }

        @Override
        void mend(Stage stage) throws IOException {
            stage.postgres().start();
        }
    },
    KILLED("PostgreSQL killed") {
        @Override
        void damage(Stage stage) throws IOException {
            stage.postgres().kill();
        }

        @Override
        void mend(Stage stage) throws IOException {
            stage.postgres().start();
        }
    },
    STALLED("PostgreSQL stalled") {
        @Override
        void damage(Stage stage) throws IOException, InterruptedException {
            stage.postgres().stall();
        }

        @Override
        void mend(Stage stage) throws IOException, InterruptedException {
            stage.postgres().goOn();
        }
    },
    OUT_OF_CONNECTIONS("PostgreSQL out of connections") {
        @Override
        void damage(Stage stage) {
            stage.postgres()
                    .administer(
                            "ALTER ROLE segue CONNECTION LIMIT 0",
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename ="
                                    + " 'segue'");
        }

        @Override
        void mend(Stage stage) {
            stage.postgres().administer("ALTER ROLE segue CONNECTION LIMIT -1");
        }
    },
    READ_ONLY("PostgreSQL read-only") {
        @Override
        void damage(Stage stage) {
            stage.postgres()
                    .administer(
                            "ALTER SYSTEM SET default_transaction_read_only = on",
                            "SELECT pg_reload_conf()");
        }

        @Override
        void mend(Stage stage) {
            stage.postgres()
                    .administer(
                            "ALTER SYSTEM RESET default_transaction_read_only",
                            "SELECT pg_reload_conf()");
        }
    },
    OUT_OF_DISK("PostgreSQL out of disk") {
        @Override
        void damage(Stage stage) throws IOException {
            try (var ballast = Files.newOutputStream(ballast(stage))) {
                fill(ballast);
            }
        }

        private static Path ballast(Stage stage) {
            return stage.folder().resolve("postgres").resolve("ballast");
        }

        private static void fill(OutputStream ballast) {
            for (var size = 1 << 20; size > 0; size /= 2)
                try {
                    while (true) ballast.write(new byte[size]);
                } catch (IOException full) {
                    // What is left is smaller than this.
                }
        }

        // Where the log has no room it stops by itself, and an operator starts it.
        @Override
        void mend(Stage stage) throws IOException {
            Files.delete(ballast(stage));
            if (!stage.postgres().isRunning()) stage.postgres().start();
        }
    };

    private static final Duration AWAY = Duration.ofSeconds(5);
    private final String label;

    PostgresFault(String label) {
        this.label = label;
    }

    abstract void damage(Stage stage) throws IOException, InterruptedException;

    abstract void mend(Stage stage) throws IOException, InterruptedException;

    @Override
    public String label() {
        return label;
    }

    @Override
    public Seen play(Stage stage, Load load) throws Exception {
        load.start();
        load.awaitDone(150);
        damage(stage);
        Outage.last(stage.issuer(), AWAY);
        mend(stage);
        var back = load.awaitDone(1);
        load.awaitDone(150);
        load.stop();
        var slowest = Outage.slowestRefusal(load.history().operations());
        return new Seen(
                1,
                "slowest 503 after %d ms, back %d ms after its return"
                        .formatted(slowest.toMillis(), back.toMillis()));
    }
}
