package segue.demo.wire;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// HTTP from one address of this machine, so that two devices can be told apart. Safe for use by
/// many threads; one wire is meant to be shared by all that stand at one address. A connection that
/// fails is an [UncheckedIOException].
public final class Wire implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient client;
    private final Map<String, String> headers;

    /// @param address the loopback address to speak from
    /// @param tls what to trust, empty for the JDK's own list
    public Wire(InetAddress address, Optional<SSLContext> tls) {
        this(client(address, tls), Map.of());
    }

    private Wire(HttpClient client, Map<String, String> headers) {
        this.client = client;
        this.headers = headers;
    }

    /// From an address written as a literal, such as `127.0.0.2`.
    public static Wire from(String address) {
        return new Wire(InetAddress.ofLiteral(address), Optional.empty());
    }

    /// Whether this machine can speak from an address. Linux has all of 127.0.0.0/8, macOS only
    /// 127.0.0.1.
    public static boolean isHere(String address) {
        try (var socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /// Trusts one CA and no other.
    public static SSLContext trusting(Path caFile) {
        try {
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(storeOf(caFile));
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), new SecureRandom());
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(caFile + " holds no certificate", e);
        }
    }

    /// Makes the CA the only one in the trust store of this JVM: the way to have a client trust it
    /// that can't be given anything else. Many read that store once, when they first need it.
    public static void trustInThisProcess(Path caFile) {
        var password = "changeit";
        var file = caFile.resolveSibling("trust.p12");
        try (var stream = Files.newOutputStream(file)) {
            storeOf(caFile).store(stream, password.toCharArray());
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(caFile + " holds no certificate", e);
        }
        System.setProperty("javax.net.ssl.trustStore", file.toString());
        System.setProperty("javax.net.ssl.trustStorePassword", password);
    }

    private static KeyStore storeOf(Path caFile) throws IOException, GeneralSecurityException {
        try (var stream = Files.newInputStream(caFile)) {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(stream));
            return store;
        }
    }

    private static HttpClient client(InetAddress address, Optional<SSLContext> tls) {
        var builder =
                HttpClient.newBuilder()
                        .localAddress(address)
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(Duration.ofSeconds(10));
        tls.ifPresent(builder::sslContext);
        return builder.build();
    }

    /// The same wire, with a header that every request then carries in place of any other of that
    /// name.
    public Wire with(String header, String value) {
        var more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Wire(client, Map.copyOf(more));
    }

    /// Ends its connections, and with them those of every wire that was made of it.
    @Override
    public void close() {
        client.shutdownNow();
    }

    /// Sends a request and returns the whole answer. Redirects are not followed.
    public HttpResponse<String> send(HttpRequest.Builder request) {
        var ours = request.copy().timeout(Duration.ofSeconds(30));
        headers.forEach(ours::setHeader);
        try {
            return client.send(ours.build(), HttpResponse.BodyHandlers.ofString());
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

    /// Gets JSON.
    public Answer get(URI from) {
        return answer(send(HttpRequest.newBuilder(from)));
    }

    /// Gets JSON with a bearer token.
    public Answer get(URI from, String bearer) {
        return answer(
                send(HttpRequest.newBuilder(from).header("Authorization", "Bearer " + bearer)));
    }

    /// The answer of a JSON endpoint.
    public static Answer answer(HttpResponse<String> response) {
        return Answer.of(response.statusCode(), response.headers(), json(response.body()));
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            return MissingNode.getInstance();
        }
    }

    /// A JSON object of texts.
    public static JsonNode json(Map<String, String> fields) {
        return JSON.valueToTree(fields);
    }

    /// A URL with parameters added to its query.
    public static URI with(URI url, Map<String, String> parameters) {
        var joint = url.getRawQuery() == null ? "?" : "&";
        return parameters.isEmpty() ? url : URI.create(url + joint + form(parameters));
    }

    /// `application/x-www-form-urlencoded`.
    public static String form(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(it -> encode(it.getKey()) + "=" + encode(it.getValue()))
                .collect(Collectors.joining("&"));
    }

    /// Reads `application/x-www-form-urlencoded`; of a name that is there twice, the first counts.
    public static Map<String, String> parameters(String form) {
        var values = new LinkedHashMap<String, String>();
        for (var pair : List.of(form.split("&", -1))) {
            var equals = pair.indexOf('=');
            if (equals > 0)
                values.putIfAbsent(
                        decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
        }
        return values;
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
