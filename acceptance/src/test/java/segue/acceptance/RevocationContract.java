package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import segue.demo.phone.App;
import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;

import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What ends with what: each row of contract native-to-web §8, through every trigger that can cause
/// it, over HTTP, on each database.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RevocationContract {
    private static final String CALLBACK = "https://web.example/cb";

    /// Settings that name the database.
    abstract Map<String, String> database() throws Exception;

    private Optional<World> world = Optional.empty();
    private Optional<Operator> operator = Optional.empty();

    @BeforeAll
    void start() throws Exception {
        var settings = new LinkedHashMap<>(database());
        settings.put("log.level", "warn");
        settings.put("limits.management", "100000/s");
        world = Optional.of(new World(0, settings));
        operator = Optional.of(operator(world.get(), settings));
    }

    private static Operator operator(World world, Map<String, String> settings) throws Exception {
        var id = settings.get("bootstrap.client-id");
        var secret = settings.get("bootstrap.client-secret");
        return id == null || secret == null
                ? new Operator(world)
                : new Operator(wire(), world.issuer(), id, secret);
    }

    @AfterAll
    void stop() {
        world.ifPresent(World::close);
    }

    private static Wire wire() {
        return new Wire(InetAddress.getLoopbackAddress(), Optional.empty());
    }

    private URI issuer() {
        return world.orElseThrow().issuer();
    }

    private Operator operator() {
        return operator.orElseThrow();
    }

    /// An app's and a web app's registration.
    private record Clients(String app, String web, String webSecret) {}

    private Clients clients(boolean cascades, boolean online) {
        var app =
                create(
                        "clients",
                        """
                        {"name":"App","app_type":"native","token_endpoint_auth_method":"none",
                         "grant_types":["http://auth0.com/oauth/grant-type/password-realm","refresh_token"],
                         "refresh_token":{"rotation_type":"rotating","expiration_type":"expiring"},
                         "session_transfer":{"can_create_session_transfer_token":true,
                             "enforce_cascade_revocation":%s}}
                        """
                                .formatted(cascades));
        var web =
                create(
                        "clients",
                        """
                        {"name":"Web","app_type":"regular_web","callbacks":["%s"],
                         "grant_types":["authorization_code","refresh_token"],
                         "session_transfer":{"allowed_authentication_methods":["query"],
                             "enforce_device_binding":"none","allow_refresh_token":true,
                             "enforce_online_refresh_tokens":%s}}
                        """
                                .formatted(CALLBACK, online));
        return new Clients(
                app.path("client_id").asString(),
                web.path("client_id").asString(),
                web.path("client_secret").asString());
    }

    private JsonNode create(String path, String body) {
        var answer = operator().call("POST", path, body);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        return answer.json();
    }

    /// A native sign-in, and everything that can stem from it.
    ///
    /// @param waiting a transfer that nobody has redeemed
    private record Kin(
            Clients clients,
            String user,
            Phone phone,
            String familyId,
            String cookie,
            String sessionId,
            String webToken,
            String webFamilyId,
            String idToken,
            String waiting) {}

    private Kin kin(boolean cascades, boolean online) {
        var clients = clients(cascades, online);
        var email = operator().createUser();
        var user = operator().get("users-by-email?email=" + email).json().path(0);
        var phone = new Phone(wire(), new App(issuer(), clients.app()));
        assertThat(phone.signIn(email, Operator.PASSWORD, "openid offline_access").status())
                .isEqualTo(200);
        var userId = user.path("user_id").asString();
        var familyId = only(operator().get(users(userId) + "/refresh-tokens"), "tokens");
        var redeemed = redeem(clients, phone.exchange().text("access_token"), Optional.empty());
        var tokens = exchangeCode(clients, code(redeemed).orElseThrow());
        var sessionId = only(operator().get(users(userId) + "/sessions"), "sessions");
        var webFamilyId =
                operator()
                        .get(users(userId) + "/refresh-tokens")
                        .json()
                        .path("tokens")
                        .valueStream()
                        .map(it -> it.path("id").asString())
                        .filter(id -> !id.equals(familyId))
                        .findFirst()
                        .orElseThrow();
        return new Kin(
                clients,
                userId,
                phone,
                familyId,
                cookie(redeemed).orElseThrow(),
                sessionId,
                tokens.text("refresh_token"),
                webFamilyId,
                tokens.text("id_token"),
                phone.exchange().text("access_token"));
    }

    private static String users(String id) {
        return "users/" + URLEncoder.encode(id, StandardCharsets.UTF_8);
    }

    private static String only(Answer answer, String key) {
        assertThat(answer.json().path(key)).hasSize(1);
        return answer.json().path(key).path(0).path("id").asString();
    }

    private HttpResponse<String> redeem(Clients clients, String token, Optional<String> cookie) {
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", clients.web());
        query.put("response_type", "code");
        query.put("redirect_uri", CALLBACK);
        query.put("scope", "openid offline_access");
        query.put("prompt", "none");
        if (!token.isEmpty()) query.put("session_transfer_token", token);
        var request =
                HttpRequest.newBuilder(URI.create(issuer() + "authorize?" + Wire.form(query)));
        cookie.ifPresent(it -> request.header("Cookie", it));
        return wire().send(request);
    }

    private static Optional<String> code(HttpResponse<String> response) {
        return response.headers()
                .firstValue("Location")
                .filter(it -> it.contains("code="))
                .map(it -> it.replaceAll(".*[?&]code=([^&]*).*", "$1"));
    }

    private static Optional<String> cookie(HttpResponse<String> response) {
        return response.headers().allValues("Set-Cookie").stream()
                .filter(it -> it.startsWith("segue_session="))
                .map(it -> it.split(";", 2)[0])
                .findFirst();
    }

    private Answer exchangeCode(Clients clients, String code) {
        var answer =
                token(
                        clients,
                        Map.of(
                                "grant_type",
                                "authorization_code",
                                "code",
                                code,
                                "redirect_uri",
                                CALLBACK));
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer;
    }

    private Answer token(Clients clients, Map<String, String> fields) {
        var all = new LinkedHashMap<>(fields);
        all.put("client_id", clients.web());
        all.put("client_secret", clients.webSecret());
        return wire().postForm(issuer().resolve("oauth/token"), all, Map.of());
    }

    private boolean webTokenWorks(Kin kin) {
        return token(
                                kin.clients(),
                                Map.of(
                                        "grant_type",
                                        "refresh_token",
                                        "refresh_token",
                                        kin.webToken()))
                        .status()
                == 200;
    }

    private boolean sessionWorks(Kin kin) {
        return code(redeem(kin.clients(), "", Optional.of(kin.cookie()))).isPresent();
    }

    private boolean waitingTransferWorks(Kin kin) {
        return code(redeem(kin.clients(), kin.waiting(), Optional.empty())).isPresent();
    }

    /// What works.
    private record Alive(boolean family, boolean transfer, boolean session, boolean webToken) {}

    private Alive alive(Kin kin) {
        // The session first: the transfer, if it works, opens another one.
        var session = sessionWorks(kin);
        var webToken = webTokenWorks(kin);
        var transfer = waitingTransferWorks(kin);
        return new Alive(kin.phone().refresh().status() == 200, transfer, session, webToken);
    }

    /// Something that ends something.
    private enum Trigger {
        OAUTH_REVOKE,
        REFRESH_TOKEN_DELETED,
        BULK_BY_ID,
        BULK_BY_CLIENT,
        BULK_BY_API,
        REUSE,
        DEVICE_CREDENTIAL_DELETED,
        GRANT_DELETED,
        CLIENT_DELETED,
        BULK_BY_USER,
        TOKENS_OF_USER_DELETED,
        USER_BLOCKED,
        USER_DELETED,
        PASSWORD_CHANGED,
        ACCESS_REVOKED,
        ACCESS_REVOKED_BUT_TOKENS,
        ACCESS_OF_SESSION_REVOKED,
        ACCESS_OF_SESSION_REVOKED_BUT_TOKENS,
        SESSION_DELETED,
        SESSIONS_OF_USER_DELETED,
        SESSION_REVOKED,
        LOGOUT,
        RP_LOGOUT,
        OTHER_USER_TRANSFERRED,
        WEB_TOKEN_REVOKED,
        ROTATION
    }

    private void pull(Trigger trigger, Kin kin) {
        switch (trigger) {
            case OAUTH_REVOKE -> assertThat(kin.phone().revoke().status()).isEqualTo(200);
            case REFRESH_TOKEN_DELETED -> manage(202, "DELETE", "refresh-tokens/" + kin.familyId());
            case BULK_BY_ID ->
                    manage(
                            202,
                            "POST",
                            "refresh-tokens/revoke",
                            "{\"ids\":[\"%s\"]}",
                            kin.familyId());
            case BULK_BY_CLIENT ->
                    manage(
                            202,
                            "POST",
                            "refresh-tokens/revoke",
                            "{\"user_id\":\"%s\",\"client_id\":\"%s\"}",
                            kin.user(),
                            kin.clients().app());
            case BULK_BY_API ->
                    manage(
                            202,
                            "POST",
                            "refresh-tokens/revoke",
                            "{\"user_id\":\"%s\",\"client_id\":\"%s\",\"audience\":\"%suserinfo\"}",
                            kin.user(),
                            kin.clients().app(),
                            issuer());
            case REUSE -> {
                var old = kin.phone().refreshToken();
                assertThat(kin.phone().refresh().status()).isEqualTo(200);
                var newest = kin.phone().refreshToken();
                kin.phone().keep(old);
                assertThat(kin.phone().refresh().status()).isEqualTo(403);
                kin.phone().keep(newest);
            }
            case DEVICE_CREDENTIAL_DELETED ->
                    manage(204, "DELETE", "device-credentials/" + kin.familyId());
            case GRANT_DELETED -> manage(204, "DELETE", "grants/" + grant(kin));
            case CLIENT_DELETED -> manage(204, "DELETE", "clients/" + kin.clients().app());
            case BULK_BY_USER ->
                    manage(
                            202,
                            "POST",
                            "refresh-tokens/revoke",
                            "{\"user_id\":\"%s\"}",
                            kin.user());
            case TOKENS_OF_USER_DELETED ->
                    manage(202, "DELETE", users(kin.user()) + "/refresh-tokens");
            case USER_BLOCKED -> manage(200, "PATCH", users(kin.user()), "{\"blocked\":true}");
            case USER_DELETED -> manage(204, "DELETE", users(kin.user()));
            case PASSWORD_CHANGED ->
                    manage(
                            200,
                            "PATCH",
                            users(kin.user()),
                            "{\"password\":\"another long password\"}");
            case ACCESS_REVOKED -> manage(202, "POST", users(kin.user()) + "/revoke-access", "{}");
            case ACCESS_REVOKED_BUT_TOKENS ->
                    manage(
                            202,
                            "POST",
                            users(kin.user()) + "/revoke-access",
                            "{\"preserve_refresh_tokens\":true}");
            case ACCESS_OF_SESSION_REVOKED ->
                    manage(
                            202,
                            "POST",
                            users(kin.user()) + "/revoke-access",
                            "{\"session_id\":\"%s\"}",
                            kin.sessionId());
            case ACCESS_OF_SESSION_REVOKED_BUT_TOKENS ->
                    manage(
                            202,
                            "POST",
                            users(kin.user()) + "/revoke-access",
                            "{\"session_id\":\"%s\",\"preserve_refresh_tokens\":true}",
                            kin.sessionId());
            case SESSION_DELETED -> manage(202, "DELETE", "sessions/" + kin.sessionId());
            case SESSIONS_OF_USER_DELETED -> manage(202, "DELETE", users(kin.user()) + "/sessions");
            case SESSION_REVOKED ->
                    manage(202, "POST", "sessions/" + kin.sessionId() + "/revoke", "");
            case LOGOUT -> assertThat(open("v2/logout", kin.cookie()).statusCode()).isEqualTo(200);
            case RP_LOGOUT ->
                    assertThat(
                                    open("oidc/logout?id_token_hint=" + kin.idToken(), kin.cookie())
                                            .statusCode())
                            .isEqualTo(200);
            case OTHER_USER_TRANSFERRED -> {
                var other = kin(true, true);
                var met = redeem(kin.clients(), other.waiting(), Optional.of(kin.cookie()));
                assertThat(code(met)).isEmpty();
            }
            case WEB_TOKEN_REVOKED ->
                    assertThat(
                                    wire().postForm(
                                                    issuer().resolve("oauth/revoke"),
                                                    Map.of(
                                                            "client_id",
                                                            kin.clients().web(),
                                                            "client_secret",
                                                            kin.clients().webSecret(),
                                                            "token",
                                                            kin.webToken()),
                                                    Map.of())
                                            .status())
                            .isEqualTo(200);
            case ROTATION -> assertThat(kin.phone().refresh().status()).isEqualTo(200);
        }
    }

    private String grant(Kin kin) {
        return operator()
                .get("grants?user_id=" + URLEncoder.encode(kin.user(), StandardCharsets.UTF_8))
                .json()
                .valueStream()
                .filter(it -> it.path("clientID").asString().equals(kin.clients().app()))
                .map(it -> it.path("id").asString())
                .findFirst()
                .orElseThrow();
    }

    private HttpResponse<String> open(String path, String cookie) {
        return wire().send(HttpRequest.newBuilder(issuer().resolve(path)).header("Cookie", cookie));
    }

    private void manage(int status, String method, String path) {
        manage(status, method, path, "");
    }

    private void manage(int status, String method, String path, String body, Object... values) {
        var answer = operator().call(method, path, body.formatted(values));
        assertThat(answer.status()).as("%s %s: %s", method, path, answer.json()).isEqualTo(status);
    }

    /// The table of section 8, written down once more.
    private static Alive expected(Trigger trigger, boolean cascades, boolean online) {
        return switch (trigger) {
            case OAUTH_REVOKE,
                    REFRESH_TOKEN_DELETED,
                    BULK_BY_ID,
                    BULK_BY_CLIENT,
                    BULK_BY_API,
                    REUSE,
                    DEVICE_CREDENTIAL_DELETED,
                    GRANT_DELETED,
                    CLIENT_DELETED ->
                    new Alive(false, false, !cascades, !cascades);
            // The web app's token is among those that were asked for.
            case BULK_BY_USER, TOKENS_OF_USER_DELETED -> new Alive(false, false, !cascades, false);
            case USER_BLOCKED, USER_DELETED, PASSWORD_CHANGED, ACCESS_REVOKED ->
                    new Alive(false, false, false, false);
            case SESSION_DELETED,
                    SESSIONS_OF_USER_DELETED,
                    ACCESS_REVOKED_BUT_TOKENS,
                    ACCESS_OF_SESSION_REVOKED_BUT_TOKENS,
                    LOGOUT,
                    RP_LOGOUT,
                    OTHER_USER_TRANSFERRED ->
                    new Alive(true, true, false, !online);
            case SESSION_REVOKED, ACCESS_OF_SESSION_REVOKED -> new Alive(true, true, false, false);
            case WEB_TOKEN_REVOKED -> new Alive(true, true, true, false);
            case ROTATION -> new Alive(true, true, true, true);
        };
    }

    static Stream<Arguments> rows() {
        var rows = new ArrayList<Arguments>();
        for (var trigger : Trigger.values())
            for (var cascades : List.of(true, false))
                for (var online : List.of(true, false))
                    rows.add(Arguments.of(trigger, cascades, online));
        return rows.stream();
    }

    @ParameterizedTest(name = "{0}, cascades {1}, online {2}")
    @MethodSource("rows")
    void whatEndsWithWhat(Trigger trigger, boolean cascades, boolean online) {
        var kin = kin(cascades, online);
        pull(trigger, kin);
        assertThat(alive(kin)).isEqualTo(expected(trigger, cascades, online));
    }

    @Test
    void theReceiptNamesWhatEndedAndTheLogKeepsIt() {
        var kin = kin(true, true);
        var preview = operator().get("refresh-tokens/" + kin.familyId() + "/family?preview=revoke");
        assertThat(preview.status()).isEqualTo(200);
        var receipt = operator().call("DELETE", "refresh-tokens/" + kin.familyId(), "");
        assertThat(receipt.status()).isEqualTo(202);
        assertThat(receipt.json()).isEqualTo(preview.json());
        assertThat(texts(receipt.json().path("sessions"))).containsExactly(kin.sessionId());
        assertThat(texts(receipt.json().path("refresh_tokens")))
                .containsExactlyInAnyOrder(kin.familyId(), kin.webFamilyId());
        assertThat(texts(receipt.json().path("session_transfer_tokens"))).hasSize(1);
        var event = operator().log("type:sapi AND description:\"Delete a refresh token\"").path(0);
        assertThat(event.path("details").path("ended")).isEqualTo(receipt.json());
    }

    @Test
    void theFamilyIsSeenFromEveryMemberAsOneTree() {
        var kin = kin(true, true);
        assertThat(waitingTransferWorks(kin)).isTrue();
        var tree = operator().get("refresh-tokens/" + kin.familyId() + "/family").json();
        assertThat(operator().get("refresh-tokens/" + kin.webFamilyId() + "/family").json())
                .isEqualTo(tree);
        assertThat(operator().get("sessions/" + kin.sessionId() + "/family").json())
                .isEqualTo(tree);
        var root = tree.path("root");
        assertThat(root.path("kind").asString()).isEqualTo("refresh_token");
        assertThat(root.path("id").asString()).isEqualTo(kin.familyId());
        assertThat(root.path("client_id").asString()).isEqualTo(kin.clients().app());
        assertThat(root.path("state").asString()).isEqualTo("active");
        assertThat(root.path("ip").asString()).isEqualTo("127.0.0.1");
        assertThat(root.path("children")).hasSize(2);
        var transfer = root.path("children").path(0);
        assertThat(transfer.path("kind").asString()).isEqualTo("session_transfer_token");
        assertThat(transfer.path("state").asString()).isEqualTo("redeemed");
        var session = transfer.path("children").path(0);
        assertThat(session.path("kind").asString()).isEqualTo("session");
        assertThat(session.path("id").asString()).isEqualTo(kin.sessionId());
        assertThat(session.path("client_id").asString()).isEqualTo(kin.clients().web());
        var webToken = session.path("children").path(0);
        assertThat(webToken.path("id").asString()).isEqualTo(kin.webFamilyId());
        kin.phone().revoke();
        var ended = operator().get("refresh-tokens/" + kin.familyId() + "/family").json();
        assertThat(ended.path("root").path("state").asString()).isEqualTo("ended");
        assertThat(ended.path("root").path("cause").asString()).isEqualTo("revoked");
        assertThat(ended.at("/root/children/0/children/0/cause").asString())
                .isEqualTo("parent_ended");
    }

    @Test
    void aRefusedTransferSaysWhyInTheTree() {
        var kin = kin(true, true);
        operator()
                .patchClient(
                        kin.clients().web(),
                        "{\"session_transfer\":{\"enforce_device_binding\":\"asn\"}}");
        assertThat(waitingTransferWorks(kin)).isFalse();
        var tree = operator().get("refresh-tokens/" + kin.familyId() + "/family").json();
        var refused = tree.at("/root/children/1");
        assertThat(refused.path("state").asString()).isEqualTo("refused");
        assertThat(refused.path("cause").asString()).isEqualTo("unknown_network");
    }

    private static List<String> texts(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }
}
