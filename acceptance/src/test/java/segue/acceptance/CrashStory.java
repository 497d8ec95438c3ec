package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/// `kill -9` in the middle of a stream of exchanges and redemptions: what was acknowledged is there
/// afterwards, and what was consumed stays consumed (promise P3, invariant I1).
class CrashStory {
    private static final int PHONES = 6;
    private static final int ENOUGH = 60;
    private static final String PASSWORD = "a password for crashes";
    private static final String APP = "crashAppAAAAAAAAAAAAAAAAAAAAAAAA";
    private static final String WEB = "crashWebBBBBBBBBBBBBBBBBBBBBBBBB";

    @TempDir private Path folder = Path.of("");
    private final Wire wire = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());
    private final Queue<String> redeemed = new ConcurrentLinkedQueue<>();
    private final Queue<String> waiting = new ConcurrentLinkedQueue<>();
    private final Queue<String> cookies = new ConcurrentLinkedQueue<>();

    private Map<String, String> settings() throws Exception {
        var tenant = folder.resolve("tenant.yaml");
        Files.writeString(
                tenant,
                """
                clients:
                  - {name: App, client_id: %s, app_type: native, token_endpoint_auth_method: none,
                     grant_types: ["http://auth0.com/oauth/grant-type/password-realm", refresh_token],
                     session_transfer: {can_create_session_transfer_token: true}}
                  - {name: Web, client_id: %s, app_type: regular_web,
                     callbacks: ["https://web.example/cb"], grant_types: [authorization_code],
                     session_transfer: {allowed_authentication_methods: [query]}}
                users:
                  - {email: %s, password: %s}
                """
                        .formatted(APP, WEB, World.ADA, PASSWORD));
        var settings = new LinkedHashMap<String, String>();
        // The same port afterwards: the issuer is part of what must survive.
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            settings.put("server.port", Integer.toString(free.getLocalPort()));
        }
        settings.put("data-dir", folder.resolve("data").toString());
        settings.put("tenant-file", tenant.toString());
        settings.put("log.level", "warn");
        return settings;
    }

    @Test
    void nothingAcknowledgedIsMissingAndNothingConsumedWorksAgain() throws Exception {
        var settings = settings();
        var stopping = new AtomicBoolean();
        try (var node = new Node(settings, folder);
                var pool = Executors.newFixedThreadPool(PHONES)) {
            var phones = new ArrayList<Future<Boolean>>();
            for (var i = 0; i < PHONES; i++)
                phones.add(pool.submit(() -> stream(node.issuer(), stopping)));
            while (cookies.size() < ENOUGH) Thread.onSpinWait();
            node.kill();
            stopping.set(true);
            assertThat(phones).hasSize(PHONES);
        }
        try (var node = new Node(settings, folder)) {
            assertThat(cookies).hasSizeGreaterThanOrEqualTo(ENOUGH);
            for (var cookie : cookies)
                assertThat(location(node.issuer(), "", cookie)).contains("code=");
            for (var token : redeemed)
                assertThat(location(node.issuer(), token, "")).contains("login_required");
            for (var token : waiting) {
                assertThat(location(node.issuer(), token, "")).contains("code=");
                assertThat(location(node.issuer(), token, "")).contains("login_required");
            }
        }
    }

    /// One phone, until the server is gone: two exchanges, one of them redeemed. Only what was
    /// answered is remembered.
    private boolean stream(URI issuer, AtomicBoolean stopping) {
        var phone = new Phone(wire, issuer, APP);
        phone.signIn(World.ADA, PASSWORD, "openid offline_access");
        while (!stopping.get()) {
            var kept = phone.exchange();
            if (kept.isOk()) waiting.add(kept.text("access_token"));
            var used = phone.exchange().text("access_token");
            var answer = authorize(issuer, used, "");
            if (!answer.headers().firstValue("Location").orElse("").contains("code=")) continue;
            redeemed.add(used);
            answer.headers().allValues("Set-Cookie").stream()
                    .filter(it -> it.startsWith("segue_session="))
                    .map(it -> it.split(";", 2)[0])
                    .forEach(cookies::add);
        }
        return true;
    }

    private String location(URI issuer, String token, String cookie) {
        return authorize(issuer, token, cookie).headers().firstValue("Location").orElse("");
    }

    private HttpResponse<String> authorize(URI issuer, String token, String cookie) {
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", WEB);
        query.put("response_type", "code");
        query.put("redirect_uri", "https://web.example/cb");
        query.put("scope", "openid");
        query.put("prompt", "none");
        if (!token.isEmpty()) query.put("session_transfer_token", token);
        var request = HttpRequest.newBuilder(URI.create(issuer + "authorize?" + Wire.form(query)));
        if (!cookie.isEmpty()) request.header("Cookie", cookie);
        return wire.send(request);
    }
}
