package segue.demo.phone;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import javax.net.ssl.SSLContext;

/// HTTP from one address of this machine, so that two devices can be told apart.
public final class Wire {
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient client;

    /// @param address the loopback address to speak from
    /// @param tls what to trust, empty for plain HTTP and the JDK's own list
    public Wire(InetAddress address, Optional<SSLContext> tls) {
        var builder =
                HttpClient.newBuilder()
                        .localAddress(address)
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(Duration.ofSeconds(10));
        tls.ifPresent(builder::sslContext);
        this.client = builder.build();
    }

    /// Sends a request and returns the whole answer.
    public HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(
                    request.timeout(Duration.ofSeconds(30)).build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// Posts a JSON object.
    public Answer post(URI to, Map<String, String> fields, Map<String, String> headers) {
        return post(to, "application/json", JSON.writeValueAsString(fields), headers);
    }

    /// Posts a form.
    public Answer postForm(URI to, Map<String, String> fields, Map<String, String> headers) {
        return post(to, "application/x-www-form-urlencoded", form(fields), headers);
    }

    private Answer post(URI to, String type, String body, Map<String, String> headers) {
        var request =
                HttpRequest.newBuilder(to)
                        .header("Content-Type", type)
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(request::header);
        return answer(send(request));
    }

    /// Gets with a bearer token.
    public Answer get(URI from, String bearer) {
        return answer(
                send(HttpRequest.newBuilder(from).header("Authorization", "Bearer " + bearer)));
    }

    /// The answer with its body read as JSON.
    public static Answer answer(HttpResponse<String> response) {
        return new Answer(response.statusCode(), json(response.body()));
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            return MissingNode.getInstance();
        }
    }

    /// `application/x-www-form-urlencoded`.
    public static String form(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(it -> encode(it.getKey()) + "=" + encode(it.getValue()))
                .collect(Collectors.joining("&"));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
