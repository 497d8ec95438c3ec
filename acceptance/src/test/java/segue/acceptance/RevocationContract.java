package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import tools.jackson.databind.JsonNode;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What ends with what: each row of contract native-to-web §8, through every trigger that can cause
/// it, over HTTP, on each database.
abstract class RevocationContract extends KinScene {
    /// Something that ends something.
    enum Trigger {
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
                            "{\"ids\":[\"%s\"]}".formatted(kin.familyId()));
            case BULK_BY_CLIENT ->
                    manage(
                            202,
                            "POST",
                            "refresh-tokens/revoke",
                            "{\"user_id\":\"%s\",\"client_id\":\"%s\"}"
                                    .formatted(kin.user(), kin.clients().app()));
            case BULK_BY_API ->
                    manage(
                            202,
                            "POST",
                            "refresh-tokens/revoke",
                            "{\"user_id\":\"%s\",\"client_id\":\"%s\",\"audience\":\"%suserinfo\"}"
                                    .formatted(kin.user(), kin.clients().app(), issuer()));
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
                            "{\"user_id\":\"%s\"}".formatted(kin.user()));
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
                            "{\"session_id\":\"%s\"}".formatted(kin.sessionId()));
            case ACCESS_OF_SESSION_REVOKED_BUT_TOKENS ->
                    manage(
                            202,
                            "POST",
                            users(kin.user()) + "/revoke-access",
                            "{\"session_id\":\"%s\",\"preserve_refresh_tokens\":true}"
                                    .formatted(kin.sessionId()));
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

    /// The table of section 8, written down once more.
    static Alive expected(Trigger trigger, boolean cascades, boolean online) {
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
