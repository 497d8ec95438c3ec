package segue.acceptance;

import org.junit.jupiter.api.AfterAll;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

class PostgresTokenExchangeStory extends TokenExchangeContract {
    private Optional<PostgresServer> postgres = Optional.empty();

    @Override
    Map<String, String> database() throws IOException {
        var started = new PostgresServer();
        postgres = Optional.of(started);
        return started.settings();
    }

    @AfterAll
    void stopServer() throws IOException {
        if (postgres.isPresent()) postgres.get().close();
    }
}
