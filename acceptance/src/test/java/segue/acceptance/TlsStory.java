package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// Our own TLS, seen by someone who connects (THREATS T-52).
class TlsStory {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir private Path folder = Path.of("");

    private static World world(Map<String, String> more) throws Exception {
        var settings = new HashMap<>(more);
        settings.put("log.level", "warn");
        return new World(0, settings);
    }

    /// Trusts everybody: what is looked at here is the protocol and which certificate is shown.
    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static SSLSocket connect(URI issuer, String... protocols) throws Exception {
        var context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anybody()}, new SecureRandom());
        var socket =
                context.getSocketFactory()
                        .createSocket(InetAddress.getLoopbackAddress(), issuer.getPort());
        if (!(socket instanceof SSLSocket tls)) throw new IllegalStateException("not TLS");
        tls.setSoTimeout(10_000);
        if (protocols.length > 0) tls.setEnabledProtocols(protocols);
        return tls;
    }

    private static BigInteger serial(URI issuer) throws Exception {
        try (var socket = connect(issuer)) {
            socket.startHandshake();
            if (socket.getSession().getPeerCertificates()[0] instanceof X509Certificate shown)
                return shown.getSerialNumber();
            throw new IllegalStateException("not X.509");
        }
    }

    @Test
    void onlyTls12AndNewerIsSpoken() throws Exception {
        // Our own side refuses the old ones, too, unless it is told not to.
        var disabled = Security.getProperty("jdk.tls.disabledAlgorithms");
        Security.setProperty("jdk.tls.disabledAlgorithms", "");
        try (var world = world(Map.of("server.tls.mode", "dev"))) {
            for (var old : List.of("TLSv1", "TLSv1.1"))
                try (var socket = connect(world.issuer(), old)) {
                    assertThatThrownBy(socket::startHandshake)
                            .as(old)
                            .isInstanceOf(SSLHandshakeException.class);
                }
            for (var current : List.of("TLSv1.2", "TLSv1.3"))
                try (var socket = connect(world.issuer(), current)) {
                    socket.startHandshake();
                    assertThat(socket.getSession().getProtocol()).isEqualTo(current);
                    assertThat(socket.getSession().getCipherSuite())
                            .containsAnyOf("_GCM_", "_CHACHA20_");
                }
            try (var socket = connect(world.issuer(), "TLSv1.2")) {
                socket.setEnabledCipherSuites(
                        new String[] {
                            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
                            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
                            "TLS_RSA_WITH_AES_128_GCM_SHA256"
                        });
                assertThatThrownBy(socket::startHandshake)
                        .as("without forward secrecy or authenticated encryption")
                        .isInstanceOf(SSLHandshakeException.class);
            }
        } finally {
            Security.setProperty("jdk.tls.disabledAlgorithms", disabled);
        }
    }

    @Test
    void browsersArePromisedHttpsAndGetPrefixedSecureCookies() throws Exception {
        try (var world = world(Map.of("server.tls.mode", "dev"))) {
            var answer = authorize(world);
            assertThat(answer.headers().firstValue("Strict-Transport-Security"))
                    .hasValueSatisfying(it -> assertThat(it).contains("max-age=31536000"));
            assertThat(answer.headers().allValues("Set-Cookie"))
                    .isNotEmpty()
                    .allSatisfy(
                            it ->
                                    assertThat(it)
                                            .startsWith("__Host-segue_")
                                            .contains("; Secure", "; HttpOnly", "; Path=/")
                                            .doesNotContainIgnoringCase("domain="));
        }
    }

    private static HttpResponse<String> authorize(World world) {
        var query =
                Map.of(
                        "response_type",
                        "code",
                        "client_id",
                        World.SHOP,
                        "redirect_uri",
                        world.shop().origin() + "/callback");
        var url = Wire.with(world.issuer().resolve("authorize"), query);
        return world.wire("127.0.0.1").send(HttpRequest.newBuilder(url));
    }

    /// Contract operator §2, `session-cookie.same-site`.
    @Test
    void cookiesMayBeSentFromFramesOfOtherSitesWhereTheOperatorWantsIt() throws Exception {
        for (var sameSite : List.of("None", "Lax"))
            try (var world =
                    world(
                            Map.of(
                                    "server.tls.mode",
                                    "dev",
                                    "session-cookie.same-site",
                                    sameSite.toLowerCase(Locale.ROOT)))) {
                assertThat(authorize(world).headers().allValues("Set-Cookie"))
                        .isNotEmpty()
                        .allMatch(it -> it.endsWith("; SameSite=" + sameSite));
            }
    }

    /// R51.3: a connection that never speaks doesn't stay, and keeps nobody else waiting.
    @Test
    void aHandshakeThatNeverComesIsCutOff() throws Exception {
        try (var world = world(Map.of("server.tls.mode", "dev"));
                var mute = new Socket(InetAddress.getLoopbackAddress(), world.issuer().getPort())) {
            mute.setSoTimeout((int) PATIENCE.toMillis());
            assertThat(serial(world.issuer())).isPositive();
            assertThat(mute.getInputStream().read()).isNegative();
        }
    }

    /// Plain HTTP on the TLS port is no request at all: neither answered nor redirected.
    @Test
    void plainHttpIsNotRedirected() throws Exception {
        try (var world = world(Map.of("server.tls.mode", "dev"));
                var socket =
                        new Socket(InetAddress.getLoopbackAddress(), world.issuer().getPort())) {
            socket.setSoTimeout(10_000);
            var request = "GET /authorize HTTP/1.1\r\nHost: localhost\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer;
            try {
                answer =
                        new String(
                                socket.getInputStream().readAllBytes(),
                                StandardCharsets.ISO_8859_1);
            } catch (SocketException reset) {
                answer = "";
            }
            assertThat(answer).doesNotContain("HTTP/1.1");
        }
    }

    @Test
    void certificatesComeFromPkcs12OrPemAndAreReloadedWhenTheyChange() throws Exception {
        var first = devKeys("first");
        var second = devKeys("second");
        var store = folder.resolve("server.p12");
        try (var out = Files.newOutputStream(store)) {
            first.store(out, "changeit".toCharArray());
        }
        try (var node = node(store, Map.of("server.tls.password", "changeit"))) {
            assertThat(serial(node.issuer())).isEqualTo(serial(first));
        }
        var pem = folder.resolve("server.pem");
        Files.writeString(pem, pem(first));
        try (var node = node(pem, Map.of())) {
            assertThat(serial(node.issuer())).isEqualTo(serial(first));
            Files.writeString(pem, pem(second));
            var deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!serial(node.issuer()).equals(serial(second)))
                assertThat(System.nanoTime()).as("still the old one").isLessThan(deadline);
            Files.writeString(pem, "nonsense");
            assertThat(serial(node.issuer())).isEqualTo(serial(second));
        }
    }

    private Node node(Path certificate, Map<String, String> more) throws Exception {
        var settings = new HashMap<>(more);
        settings.put("server.port", "0");
        settings.put("data-dir", folder.resolve("data").toString());
        settings.put("server.tls.mode", "file");
        settings.put("server.tls.file", certificate.toString());
        return new Node(settings, folder);
    }

    /// The key and certificate of a development server of its own, under the alias `server`.
    private static KeyStore devKeys(String name) throws Exception {
        try (var world = world(Map.of("server.tls.mode", "dev"))) {
            assertThat(serial(world.issuer())).as(name).isPositive();
            return serverKeys(world.folder().resolve("tls"));
        }
    }

    /// The server's key and certificate out of the folder of the development CA, under the alias
    /// `server`.
    static KeyStore serverKeys(Path tls) throws Exception {
        var dev = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(tls.resolve("dev.p12"))) {
            dev.load(in, new char[0]);
        }
        var own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry(
                "server",
                dev.getKey("server", new char[0]),
                "changeit".toCharArray(),
                dev.getCertificateChain("server"));
        return own;
    }

    private static BigInteger serial(KeyStore store) throws Exception {
        if (store.getCertificate("server") instanceof X509Certificate certificate)
            return certificate.getSerialNumber();
        throw new IllegalStateException("no certificate");
    }

    static String pem(KeyStore store) throws Exception {
        var text = new StringBuilder();
        for (var certificate : store.getCertificateChain("server"))
            text.append(block("CERTIFICATE", certificate.getEncoded()));
        return text.append(
                        block(
                                "PRIVATE KEY",
                                store.getKey("server", "changeit".toCharArray()).getEncoded()))
                .toString();
    }

    private static String block(String what, byte[] der) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(what, Base64.getMimeEncoder().encodeToString(der), what);
    }
}
