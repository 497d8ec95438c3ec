package segue.faults;

import java.sql.DriverManager;
import java.time.Duration;

/// Another process writes to the file of SQLite and takes its time.
record SqliteLocked() implements Scenario {
    private static final Duration LONG = Duration.ofSeconds(5);

    @Override
    public String label() {
        return "SQLite locked by another process";
    }

    @Override
    public Seen play(Stage stage, Load load) throws Exception {
        load.start();
        load.awaitDone(150);
        try (var other = DriverManager.getConnection("jdbc:sqlite:" + stage.databaseFile());
                var statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            Outage.last(stage.issuer(), LONG);
            statement.execute("ROLLBACK");
        }
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
