package segue.faults;

import segue.faults.agent.AgentJar;
import segue.faults.agent.ClockAgent;
import segue.faults.agent.ClockShift;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// The clock of the server's machine jumps, an hour ahead, two back and home again. On PostgreSQL
/// nothing notices, because the database's clock decides (THREATS R45.1). On SQLite the process's
/// clock is the database's: there what lives for a minute is used up before a jump.
record ClockJumps() implements Scenario {
    private static final List<Duration> JUMPS =
            List.of(Duration.ofHours(1), Duration.ofHours(-1), Duration.ZERO);

    @Override
    public String label() {
        return "clock of the server jumps";
    }

    @Override
    public List<String> options(Path folder) throws IOException {
        Files.writeString(shift(folder), "0");
        return List.of(
                "-javaagent:"
                        + AgentJar.in(folder, ClockAgent.class, ClockShift.class)
                        + "="
                        + shift(folder));
    }

    private static Path shift(Path folder) {
        return folder.resolve("shift");
    }

    /// Once the agent says so, the clocks have jumped.
    private static void jump(Path shift, String millis) throws IOException {
        var followed = ClockAgent.followed(shift);
        Files.writeString(shift, millis);
        var end = Instant.now().plusSeconds(20);
        while (!Files.exists(followed) || !Files.readString(followed).equals(millis))
            if (Instant.now().isAfter(end)) throw new IOException("the clocks don't jump");
    }

    @Override
    public Seen play(Stage stage, Load load) throws Exception {
        load.start();
        load.awaitDone(150);
        for (var jump : JUMPS) {
            if (!stage.hasPostgres()) {
                load.stop();
                load.useUp();
            }
            jump(shift(stage.folder()), Long.toString(jump.toMillis()));
            if (!stage.hasPostgres()) load.start();
            load.awaitDone(150);
        }
        load.stop();
        return new Seen(JUMPS.size(), "an hour ahead, two back, one ahead");
    }
}
