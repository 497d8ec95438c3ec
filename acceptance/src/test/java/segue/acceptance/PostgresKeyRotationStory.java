package segue.acceptance;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

class PostgresKeyRotationStory extends KeyRotationContract {
    private Optional<PostgresServer> server = Optional.empty();

    @BeforeEach
    void start() throws IOException {
        server = Optional.of(new PostgresServer());
    }

    @AfterEach
    void stop() throws IOException {
        server.orElseThrow().close();
    }

    @Override
    Map<String, String> database(Path folder) {
        return server.orElseThrow().settings();
    }

    @Override
    TimeTravel timeTravel(Path folder) {
        return server.orElseThrow().timeTravel();
    }
}
