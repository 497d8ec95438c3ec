package segue.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.server.settings.Settings;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;

class HandOffTest {
    @TempDir Path folder;

    @Test
    void starts() throws Exception {
        var settings = Settings.of(Map.of("server.port", "0", "data-dir", folder.toString()));
        try (var server = Server.start(settings)) {
            var client = HttpClient.newHttpClient();
            var answer =
                    client.send(
                            HttpRequest.newBuilder(
                                            URI.create(server.issuer() + ".well-known/jwks.json"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            System.out.println(answer + answer.body() + answer.headers());
            assertThat(answer.statusCode()).isEqualTo(200);
        }
    }
}
