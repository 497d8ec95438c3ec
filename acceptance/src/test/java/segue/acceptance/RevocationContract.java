package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

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
        ORGANIZATION_DELETED,
        MEMBER_REMOVED,
        GRANTS_OF_USER_DELETED,
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
        SIGNED_IN_ANEW,
        TRANSFERS_SWITCHED_OFF,
        WEB_TOKEN_REVOKED,
        ROTATION;

        boolean isOfAnOrganization() {
            return this == ORGANIZATION_DELETED || this == MEMBER_REMOVED;
        }
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
            case ORGANIZATION_DELETED ->
                    manage(204, "DELETE", "organizations/" + organization(kin));
            case MEMBER_REMOVED ->
                    manage(
                            204,
                            "DELETE",
                            "organizations/" + organization(kin) + "/members",
                            "{\"members\":[\"%s\"]}".formatted(kin.user()));
            case GRANTS_OF_USER_DELETED ->
                    manage(204, "DELETE", "grants?user_id=" + encoded(kin.user()));
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
            case SIGNED_IN_ANEW -> signInAnew(browser(kin), kin);
            case TRANSFERS_SWITCHED_OFF ->
                    operator()
                            .patchClient(
                                    kin.clients().app(),
                                    "{\"session_transfer\":{\"can_create_session_transfer_token\":false}}");
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

    private static String organization(Kin kin) {
        return kin.clients().organization().orElseThrow();
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private String grant(Kin kin) {
        return operator()
                .get("grants?user_id=" + encoded(kin.user()))
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
                    new Alive(false, false, !cascades, !cascades, !cascades);
            // The web app's token and code are of the organization too; no session is.
            case ORGANIZATION_DELETED, MEMBER_REMOVED ->
                    new Alive(false, false, !cascades, false, false);
            // The web app's grant is among them.
            case GRANTS_OF_USER_DELETED -> new Alive(false, false, !cascades, false, false);
            // The web app's token is among those that were asked for.
            case BULK_BY_USER, TOKENS_OF_USER_DELETED ->
                    new Alive(false, false, !cascades, false, !cascades);
            case USER_BLOCKED, USER_DELETED, PASSWORD_CHANGED, ACCESS_REVOKED ->
                    new Alive(false, false, false, false, false);
            case SESSION_DELETED,
                    SESSIONS_OF_USER_DELETED,
                    ACCESS_REVOKED_BUT_TOKENS,
                    ACCESS_OF_SESSION_REVOKED_BUT_TOKENS,
                    LOGOUT,
                    RP_LOGOUT,
                    OTHER_USER_TRANSFERRED,
                    SIGNED_IN_ANEW ->
                    new Alive(true, true, false, !online, false);
            case SESSION_REVOKED, ACCESS_OF_SESSION_REVOKED ->
                    new Alive(true, true, false, false, false);
            case TRANSFERS_SWITCHED_OFF -> new Alive(true, false, true, true, true);
            case WEB_TOKEN_REVOKED -> new Alive(true, true, true, false, true);
            case ROTATION -> new Alive(true, true, true, true, true);
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
        var organization =
                trigger.isOfAnOrganization()
                        ? Optional.of(newOrganization())
                        : Optional.<String>empty();
        var kin = kin(clients(cascades, online).in(organization));
        pull(trigger, kin);
        assertThat(alive(kin)).isEqualTo(expected(trigger, cascades, online));
    }

    /// The row of the organization is about what was got through it, and nothing else.
    @ParameterizedTest
    @EnumSource(
            value = Trigger.class,
            names = {"ORGANIZATION_DELETED", "MEMBER_REMOVED"})
    void whatAUserHasOutsideTheOrganizationLives(Trigger trigger) {
        var kin = kin(clients(true, true).in(Optional.of(newOrganization())));
        var outside = phone(kin.clients().in(Optional.empty()), email(kin));
        pull(trigger, kin);
        assertThat(outside.refresh().status()).isEqualTo(200);
        var token = outside.exchange().text("access_token");
        assertThat(code(redeem(kin.clients().in(Optional.empty()), token, Optional.empty())))
                .isPresent();
    }

    /// §5.2 step 2: it isn't burnt either.
    @Test
    void aTransferIsNotLookedAtWhileTheWebAppTakesNone() {
        var kin = kin(true, true);
        var methods = "{\"session_transfer\":{\"allowed_authentication_methods\":[%s]}}";
        operator().patchClient(kin.clients().web(), methods.formatted(""));
        assertThat(waitingTransferWorks(kin)).isFalse();
        assertThat(code(redeem(kin.clients(), kin.waiting(), Optional.of(kin.cookie()))))
                .isPresent();
        assertThat(sessionWorks(kin)).isTrue();
        operator().patchClient(kin.clients().web(), methods.formatted("\"query\""));
        assertThat(waitingTransferWorks(kin)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theSessionOfADeletedWebAppLives(boolean online) {
        var kin = kin(true, online);
        manage(204, "DELETE", "clients/" + kin.clients().web());
        assertThat(operator().get("sessions/" + kin.sessionId()).status()).isEqualTo(200);
        var ended = operator().get("refresh-tokens/" + kin.webFamilyId() + "/family").json();
        assertThat(ended.at("/root/children/0/children/0/state").asString()).isEqualTo("active");
        assertThat(ended.at("/root/children/0/children/0/children/0/cause").asString())
                .isEqualTo("client_deleted");
        assertThat(webTokenWorks(kin)).isFalse();
        assertThat(codeWorks(kin)).isFalse();
        var others = clients(true, online);
        assertThat(code(redeem(others, "", Optional.of(kin.cookie())))).isPresent();
        assertThat(code(redeem(others, kin.waiting(), Optional.empty()))).isPresent();
        assertThat(kin.phone().refresh().status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theFlagsThatCountAreThoseOfTheMoment(boolean cascades) {
        var parent = kin(!cascades, true);
        operator()
                .patchClient(
                        parent.clients().app(),
                        "{\"session_transfer\":{\"enforce_cascade_revocation\":%s}}"
                                .formatted(cascades));
        pull(Trigger.OAUTH_REVOKE, parent);
        assertThat(alive(parent)).isEqualTo(expected(Trigger.OAUTH_REVOKE, cascades, true));
        var online = cascades;
        var session = kin(true, !online);
        operator()
                .patchClient(
                        session.clients().web(),
                        "{\"session_transfer\":{\"enforce_online_refresh_tokens\":%s}}"
                                .formatted(online));
        pull(Trigger.LOGOUT, session);
        assertThat(alive(session)).isEqualTo(expected(Trigger.LOGOUT, true, online));
    }

    /// The session that the app itself was signed in to.
    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void theEndOfANativeSessionEndsTheAppsTokenOnlyIfItIsRevoked(
            boolean cascades, boolean isRevoked) {
        var clients = clients(cascades, true);
        var kin = kin(clients.in(Optional.of(newOrganization())));
        var sid = BrowserScene.claims(kin.phone().refresh().text("id_token")).path("sid");
        var path = "sessions/" + sid.asString();
        assertThat(sid.asString()).isNotEqualTo(kin.sessionId());
        if (isRevoked) manage(202, "POST", path + "/revoke", "");
        else manage(202, "DELETE", path);
        assertThat(operator().get(path).status()).isEqualTo(404);
        assertThat(alive(kin))
                .isEqualTo(
                        expected(
                                isRevoked ? Trigger.OAUTH_REVOKE : Trigger.ROTATION,
                                cascades,
                                true));
    }

    /// §10.2.
    @Test
    void theLogNamesTheTokenAndTheGrantThatItLivedBy() {
        for (var trigger : List.of(Trigger.OAUTH_REVOKE, Trigger.REFRESH_TOKEN_DELETED)) {
            var kin = kin(true, true);
            var grant = grant(kin);
            pull(trigger, kin);
            var details = operator().log("type:srrt").path(0).path("details");
            assertThat(details.path("credential_id").asString()).isEqualTo(kin.familyId());
            assertThat(details.path("grant_id").asString()).isEqualTo(grant);
        }
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
                        kin.clients().app(),
                        "{\"session_transfer\":{\"can_create_session_transfer_token\":false}}");
        assertThat(waitingTransferWorks(kin)).isFalse();
        var tree = operator().get("refresh-tokens/" + kin.familyId() + "/family").json();
        var refused = tree.at("/root/children/1");
        assertThat(refused.path("state").asString()).isEqualTo("refused");
        assertThat(refused.path("cause").asString()).isEqualTo("issuer_not_allowed");
    }

    private static List<String> texts(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }
}
