package segue.server.management;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.action.Policy;
import segue.domain.client.RefreshPolicy;
import segue.domain.client.TransferPolicy;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.GrantId;
import segue.domain.identifier.UserId;
import segue.domain.log.Origin;
import segue.domain.network.ClientAddress;
import segue.domain.network.Device;
import segue.domain.network.Geo;
import segue.domain.secret.Secret;
import segue.server.http.Method;
import segue.storage.Caller;
import segue.storage.SignIns;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/// Contract management-api §6.
class SessionsTest {
    @TempDir Path folder;
    private Api api;
    private String user = "";
    private String client = "";

    @BeforeEach
    void open() {
        api = new Api(folder);
        user =
                api.ok(
                                Method.POST,
                                "/users",
                                "{'connection':'Username-Password-Authentication','email':'kim@example.org','user_id':'kim'}")
                        .path("user_id")
                        .asString();
        client =
                api.ok(Method.POST, "/clients", "{'name':'App','app_type':'native'}")
                        .path("client_id")
                        .asString();
    }

    @AfterEach
    void close() {
        api.close();
    }

    private void signIn(String family, Optional<String> audience, RefreshPolicy policy) {
        var address = ClientAddress.of(new byte[] {(byte) 203, 0, 113, 9});
        var device = new Device(address, OptionalLong.of(64500), "Shop/1.0");
        new SignIns(api.database)
                .grant(
                        new SignIns.DirectGrant(
                                new SignIns.Proof.Password(),
                                new UserId(user),
                                new Caller(
                                        new ClientId(client),
                                        "App",
                                        policy,
                                        TransferPolicy.OFF,
                                        true,
                                        Optional.empty()),
                                Optional.empty(),
                                "openid offline_access",
                                audience,
                                true,
                                new FamilyId(family),
                                new Secret("token of " + family).hash(),
                                new GrantId("grant of " + family),
                                new Secret("access token of " + family).hash(),
                                _ -> Duration.ofDays(1),
                                new Policy.None(),
                                new Origin(device, Geo.UNKNOWN, "id.example", Optional.empty())));
    }

    private static final RefreshPolicy ENDLESS =
            new RefreshPolicy(false, Duration.ZERO, Optional.empty(), Optional.empty());

    private boolean lives(String family) {
        return api.get("/refresh-tokens/" + family, "read:refresh_tokens").status() == 200;
    }

    @Test
    void aRefreshTokenIsShownAsTheContractSays() {
        signIn("endless", Optional.empty(), ENDLESS);
        assertThat(api.ok("/refresh-tokens/endless").toString())
                .isEqualTo(
                        """
                        {"id":"endless","user_id":"auth0|kim","created_at":"2026-03-02T09:00:00.000Z",\
                        "idle_expires_at":null,"expires_at":null,"client_id":"%s","session_id":null,\
                        "rotating":false,"resource_servers":[{"audience":"https://id.example/userinfo",\
                        "scopes":"openid offline_access"}],"device":{"initial_user_agent":"Shop/1.0",\
                        "initial_ip":"203.0.113.9","initial_asn":"64500","last_user_agent":"Shop/1.0",\
                        "last_ip":"203.0.113.9","last_asn":"64500"}}\
                        """
                                .formatted(client));
        signIn(
                "ending",
                Optional.of("https://orders.example"),
                new RefreshPolicy(
                        true,
                        Duration.ZERO,
                        Optional.of(Duration.ofDays(30)),
                        Optional.of(Duration.ofDays(15))));
        var ending = api.ok("/refresh-tokens/ending");
        assertThat(ending.path("rotating").asBoolean()).isTrue();
        assertThat(ending.path("expires_at").asString()).isEqualTo("2026-04-01T09:00:00.000Z");
        assertThat(ending.path("idle_expires_at").asString()).isEqualTo("2026-03-17T09:00:00.000Z");
        assertThat(ending.path("resource_servers").get(0).path("audience").asString())
                .isEqualTo("https://orders.example");
    }

    @Test
    void theTwoListsHaveTheKeysThatSdksRead() {
        signIn("one", Optional.empty(), ENDLESS);
        signIn("two", Optional.empty(), ENDLESS);
        var mine = api.ok("/users/auth0%7Ckim/refresh-tokens?take=1&include_totals=true");
        assertThat(mine.propertyNames()).containsExactly("tokens", "next");
        var all = api.ok("/refresh-tokens?user_id=auth0%7Ckim&client_id=" + client);
        assertThat(all.propertyNames()).containsExactly("refresh_tokens");
        assertThat(all.path("refresh_tokens")).hasSize(2);
        assertThat(api.ok("/refresh-tokens?user_id=auth0%7Ckim&client_id=x").path("refresh_tokens"))
                .isEmpty();
        assertThat(api.ok("/users/auth0%7Ckim/sessions").propertyNames())
                .containsExactly("sessions");
        assertThat(api.refused(Method.GET, "/refresh-tokens", "").path("errorCode").asString())
                .isEqualTo("invalid_query_string");
    }

    @Test
    void metadataIsReplacedAsAWhole() {
        signIn("one", Optional.empty(), ENDLESS);
        api.ok(Method.PATCH, "/refresh-tokens/one", "{'refresh_token_metadata':{'a':'1','b':'2'}}");
        var replaced =
                api.ok(Method.PATCH, "/refresh-tokens/one", "{'refresh_token_metadata':{'c':'3'}}");
        assertThat(replaced.path("refresh_token_metadata").toString()).isEqualTo("{\"c\":\"3\"}");
        var error =
                api.refused(
                        Method.PATCH,
                        "/refresh-tokens/one",
                        "{'refresh_token_metadata':{'a b':'1'}}");
        assertThat(error.path("message").asString())
                .isEqualTo(
                        "Metadata must not exceed 25 entries. Each key and value must be ≤ 255"
                                + " characters.");
        var cleared =
                api.ok(Method.PATCH, "/refresh-tokens/one", "{'refresh_token_metadata':null}");
        assertThat(cleared.has("refresh_token_metadata")).isFalse();
    }

    @Test
    void deletingARefreshTokenRevokesAndReportsIt() {
        signIn("one", Optional.empty(), ENDLESS);
        var answer = api.send(Method.DELETE, "/refresh-tokens/one", "delete:refresh_tokens", "");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(lives("one")).isFalse();
        var log = api.ok("/logs?q=type:(srrt%20OR%20sapi)%20AND%20description:*token*");
        assertThat(log).hasSize(2);
        assertThat(log.get(0).path("details").path("ended").path("refresh_tokens").toString())
                .isEqualTo("[\"one\"]");
        assertThat(log.get(1).path("details").path("credential_id").asString()).isEqualTo("one");
        assertThat(log.get(1).path("user_id").asString()).isEqualTo(user);
    }

    /// THREATS R47.5.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'ids':[]}",
                "{'user_id':''}",
                "{'client_id':'CLIENT'}",
                "{'audience':'https://orders.example'}",
                "{'user_id':'auth0|kim','audience':'https://orders.example'}",
                "{'ids':['one'],'user_id':'auth0|kim'}",
                "{'user_id':null}",
                "[]"
            })
    void anEmptyFilterIsNeverEverything(String body) {
        signIn("one", Optional.of("https://orders.example"), ENDLESS);
        var error =
                api.refused(Method.POST, "/refresh-tokens/revoke", body.replace("CLIENT", client));
        assertThat(error.path("errorCode").asString()).isEqualTo("invalid_body");
        assertThat(lives("one")).isTrue();
    }

    @Test
    void aFilterRevokesWhatItNames() {
        signIn("one", Optional.of("https://orders.example"), ENDLESS);
        signIn("two", Optional.empty(), ENDLESS);
        var ofUser = "{'user_id':'auth0|kim','client_id':'%s'%s}";
        api.refused(Method.POST, "/refresh-tokens/revoke", ofUser.formatted("", ""));
        api.ok(Method.POST, "/refresh-tokens/revoke", ofUser.formatted("x", ""));
        assertThat(lives("one") && lives("two")).isTrue();
        api.ok(
                Method.POST,
                "/refresh-tokens/revoke",
                ofUser.formatted(client, ",'audience':'https://id.example/userinfo'"));
        assertThat(lives("one")).isTrue();
        assertThat(lives("two")).isFalse();
        api.ok(Method.POST, "/refresh-tokens/revoke", "{'ids':['one','unknown']}");
        assertThat(lives("one")).isFalse();
    }
}
