package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.io.UncheckedIOException;
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

/// `kill -9` in the middle of a stream of exchanges, redemptions and revocations: what was
/// acknowledged is there afterwards, what was consumed stays consumed, and what was revoked stays
/// revoked (promises P2 and P3, invariants I1 and I2). `-Dsegue.kills=20` for more kills.
class CrashStory {
    private static final int KILLS = Integer.getInteger("segue.kills", 3);
    private static final int PHONES = 6;
    private static final int ENOUGH = 40;
    private static final String PASSWORD = "a password for crashes";
    private static final String APP = "crashAppAAAAAAAAAAAAAAAAAAAAAAAA";
    private static final String WEB = "crashWebBBBBBBBBBBBBBBBBBBBBBBBB";

    @TempDir private Path folder = Path.of("");
    private final Wire wire = new Wire(InetAddress.getLoopbackAddress(), Optional.empty());

    /// What the server acknowledged. Each phone writes down what it will no longer touch, after the
    /// answer.
    private final Queue<String> redeemed = new ConcurrentLinkedQueue<>();

    private final Queue<String> waiting = new ConcurrentLinkedQueue<>();
    private final Queue<String> cookies = new ConcurrentLinkedQueue<>();
    private final Queue<String> revokedTokens = new ConcurrentLinkedQueue<>();
    private final Queue<String> revokedCookies = new ConcurrentLinkedQueue<>();
    private final Queue<String> revokedTransfers = new ConcurrentLinkedQueue<>();

    private Map<String, String> settings() throws Exception {
        var tenant = folder.resolve("tenant.yaml");
        Files.writeString(
                tenant,
                """
                clients:
                  - {name: App, client_id: %s, app_type: native, token_endpoint_auth_method: none,
                     callbacks: ["org.example.demo://callback"], grant_types: [authorization_code, refresh_token],
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
    void nothingAcknowledgedIsMissingAndNothingConsumedOrRevokedWorksAgain() throws Exception {
        var settings = settings();
        for (var kill = 0; kill < KILLS; kill++) {
            killInTheMiddle(settings);
            try (var node = new Node(settings, folder)) {
                everythingIsAsItWasAcknowledged(node.issuer());
            }
        }
    }

    private void killInTheMiddle(Map<String, String> settings) throws Exception {
        var enough = revokedTokens.size() + ENOUGH;
        var stopping = new AtomicBoolean();
        var phones = new ArrayList<Future<Boolean>>();
        try (var node = new Node(settings, folder);
                var pool = Executors.newFixedThreadPool(PHONES)) {
            for (var i = 0; i < PHONES; i++)
                phones.add(pool.submit(() -> stream(node.issuer(), stopping)));
            while (revokedTokens.size() < enough && phones.stream().noneMatch(Future::isDone))
                Thread.onSpinWait();
            node.kill();
            stopping.set(true);
        }
        // A phone ends when the server does not answer any more, and for no other reason.
        assertThat(phones)
                .allSatisfy(
                        phone ->
                                assertThat(phone.exceptionNow())
                                        .isInstanceOf(UncheckedIOException.class));
        assertThat(revokedTokens).hasSizeGreaterThanOrEqualTo(enough);
        assertThat(cookies).isNotEmpty();
    }

    /// Looked at and emptied: what waited is redeemed here.
    private void everythingIsAsItWasAcknowledged(URI issuer) {
        for (var cookie : cookies) assertThat(location(issuer, "", cookie)).contains("code=");
        for (var token : redeemed) assertThat(location(issuer, token, "")).contains(LOGIN);
        for (var token : waiting) assertThat(location(issuer, token, "")).contains("code=");
        for (var token : waiting) assertThat(location(issuer, token, "")).contains(LOGIN);
        for (var cookie : revokedCookies) assertThat(location(issuer, "", cookie)).contains(LOGIN);
        for (var token : revokedTransfers) assertThat(location(issuer, token, "")).contains(LOGIN);
        for (var token : revokedTokens) {
            var phone = new Phone(wire, issuer, APP);
            phone.keep(token);
            assertThat(phone.refresh().text("error")).isEqualTo("invalid_grant");
        }
        redeemed.addAll(waiting);
        waiting.clear();
    }

    private static final String LOGIN = "login_required";

    /// One phone, until the server is gone. Of each two families one lives on and one is revoked,
    /// with a session and a token of its own. Only what was answered is remembered.
    private boolean stream(URI issuer, AtomicBoolean stopping) {
        var phone = new Phone(wire, issuer, APP);
        var browser = new BrowserJar(wire);
        while (!stopping.get()) {
            signIn(phone, browser);
            waiting.add(exchanged(phone));
            redeem(issuer, exchanged(phone)).ifPresent(cookies::add);

            signIn(phone, browser);
            var unused = exchanged(phone);
            var cookie = redeem(issuer, exchanged(phone));
            if (phone.revoke().status() != 200) throw new IllegalStateException("not revoked");
            revokedTokens.add(phone.refreshToken());
            revokedTransfers.add(unused);
            cookie.ifPresent(revokedCookies::add);
        }
        return true;
    }

    private static void signIn(Phone phone, BrowserJar browser) {
        var answer = phone.signIn(browser, World.ADA, PASSWORD, "openid offline_access");
        if (!answer.isOk()) throw new IllegalStateException(answer.json().toString());
    }

    private static String exchanged(Phone phone) {
        return phone.exchange().field("access_token").orElseThrow();
    }

    private Optional<String> redeem(URI issuer, String token) {
        var answer = authorize(issuer, token, "");
        if (!answer.headers().firstValue("Location").orElse("").contains("code="))
            throw new IllegalStateException("not redeemed");
        redeemed.add(token);
        return answer.headers().allValues("Set-Cookie").stream()
                .filter(it -> it.startsWith("segue_session="))
                .map(it -> it.split(";", 2)[0])
                .findFirst();
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
