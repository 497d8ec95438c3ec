package segue.faults;

import java.time.Duration;

/// `kill -9` of the server at random, again and again, and a start on what it left behind.
///
/// @param kills how many
record Kills(int kills) implements Scenario {
    @Override
    public String label() {
        return "server killed at random";
    }

    @Override
    public Seen play(Stage stage, Load load) throws Exception {
        var random = load.random(-1);
        var longest = Duration.ZERO;
        load.start();
        for (var i = 0; i < kills; i++) {
            load.awaitDone(random.nextInt(30, 300));
            stage.kill();
            var start = System.nanoTime();
            stage.start();
            var took = Duration.ofNanos(System.nanoTime() - start);
            if (took.compareTo(longest) > 0) longest = took;
        }
        load.awaitDone(100);
        load.stop();
        return new Seen(kills, "slowest start %d ms".formatted(longest.toMillis()));
    }
}
