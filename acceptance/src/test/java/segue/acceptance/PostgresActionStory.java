package segue.acceptance;

import org.junit.jupiter.api.AfterAll;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

class PostgresActionStory extends ActionContract {
    private Optional<PostgresServer> postgres = Optional.empty();

    @Override
    Map<String, String> database() throws IOException {
        var started = new PostgresServer();
        postgres = Optional.of(started);
        var settings = new LinkedHashMap<>(started.settings());
        settings.put("network.asn-database", ASN);
        settings.put("network.city-database", CITY);
        return settings;
    }

    @AfterAll
    void stopServer() throws IOException {
        if (postgres.isPresent()) postgres.get().close();
    }
}
