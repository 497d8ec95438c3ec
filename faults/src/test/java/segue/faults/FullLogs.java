package segue.faults;

import java.io.File;

/// The disk for the logs is full: whatever is written to it fails, and the service goes on.
record FullLogs() implements Scenario {
    @Override
    public String label() {
        return "no room for logs";
    }

    @Override
    public Seen play(Stage stage, Load load) throws Exception {
        stage.server().close();
        var settings = stage.settings();
        settings.put("log.level", "debug");
        stage.start(ServerProcess.writingTo(new File("/dev/full"), settings, stage.folder()));
        while (!isReady(load)) Thread.sleep(50);
        load.start();
        load.awaitDone(400);
        load.stop();
        return new Seen(1, "standard output and error on /dev/full, log.level debug");
    }

    private static boolean isReady(Load load) {
        try (var actor = load.actor()) {
            return actor.isReady();
        }
    }
}
