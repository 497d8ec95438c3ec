package segue.server.management;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.identifier.ClientId;
import segue.server.http.Method;
import segue.server.settings.Rate;
import segue.storage.jdbc.ClientTable;
import segue.storage.jdbc.ConfigurationTable.Kind;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/// Contract management-api §2 and native-to-web §2.
class ClientsTest {
    @TempDir Path folder;
    private Api api;

    @BeforeEach
    void open() {
        api = new Api(folder);
    }

    @AfterEach
    void close() {
        api.close();
    }

    private String shop() {
        return api.ok(
                        Method.POST,
                        "/clients",
                        "{'name':'Shop"
                            + " (Android)','app_type':'native','token_endpoint_auth_method':'none'}")
                .path("client_id")
                .asString();
    }

    private JsonNode patch(String id, String body) {
        return api.ok(Method.PATCH, "/clients/" + id, body);
    }

    @Test
    void aNameIsEnough() {
        var client = api.ok(Method.POST, "/clients", "{'name':'Web'}");
        assertThat(client.path("client_id").asString()).matches("[A-Za-z0-9]{32}");
        assertThat(client.path("client_secret").asString()).matches("[A-Za-z0-9_-]{64}");
        assertThat(client.path("grant_types").toString())
                .isEqualTo(
                        "[\"authorization_code\",\"implicit\",\"refresh_token\",\"client_credentials\"]");
        assertThat(client.path("tenant").asString()).isEqualTo("example");
        assertThat(client.path("is_first_party").asBoolean()).isTrue();
        assertThat(client.has("session_transfer")).isFalse();
        assertThat(client.has("callbacks")).isFalse();
        assertThat(client.path("refresh_token").toString())
                .isEqualTo(
                        """
                        {"rotation_type":"non-rotating","expiration_type":"non-expiring","leeway":0,\
                        "token_lifetime":2592000,"infinite_token_lifetime":true,\
                        "infinite_idle_token_lifetime":true,"idle_token_lifetime":1296000}\
                        """);
    }

    @Test
    void aNativeClientHasNoClientCredentials() {
        var client = api.ok("/clients/" + shop());
        assertThat(client.path("grant_types").toString())
                .isEqualTo("[\"authorization_code\",\"implicit\",\"refresh_token\"]");
    }

    @Test
    void theFirstPatchOfSessionTransferFillsInTheDefaults() {
        var client =
                patch(shop(), "{'session_transfer':{'can_create_session_transfer_token':true}}");
        assertThat(client.path("session_transfer").toString())
                .isEqualTo(
                        """
                        {"can_create_session_transfer_token":true,"allowed_authentication_methods":[],\
                        "enforce_device_binding":"ip","allow_refresh_token":false,\
                        "enforce_online_refresh_tokens":true,"enforce_cascade_revocation":true}\
                        """);
    }

    @Test
    void aLaterPatchOfSessionTransferMerges() {
        var id = shop();
        patch(
                id,
                "{'session_transfer':{'allowed_authentication_methods':['query'],'enforce_device_binding':'asn'}}");
        var merged =
                patch(id, "{'session_transfer':{'allow_refresh_token':true}}")
                        .path("session_transfer");
        assertThat(merged.path("allowed_authentication_methods").toString())
                .isEqualTo("[\"query\"]");
        assertThat(merged.path("enforce_device_binding").asString()).isEqualTo("asn");
        assertThat(merged.path("allow_refresh_token").asBoolean()).isTrue();
        assertThat(api.ok("/clients/" + id).path("session_transfer")).isEqualTo(merged);
    }

    @Test
    void nullRemovesSessionTransfer() {
        var id = shop();
        patch(id, "{'session_transfer':{'can_create_session_transfer_token':true}}");
        assertThat(patch(id, "{'session_transfer':null}").has("session_transfer")).isFalse();
        assertThat(api.ok("/clients/" + id).has("session_transfer")).isFalse();
    }

    @Test
    void delegationCanBeRemovedWhereItWasNot() {
        var id = shop();
        var without =
                patch(id, "{'session_transfer':{'delegation':null}}").path("session_transfer");
        assertThat(without.has("delegation")).isFalse();
        assertThat(without.size()).isEqualTo(6);
        var with = patch(id, "{'session_transfer':{'delegation':{'allow_delegated_access':true}}}");
        assertThat(with.path("session_transfer").path("delegation").toString())
                .isEqualTo("{\"allow_delegated_access\":true,\"enforce_device_binding\":\"ip\"}");
        var again =
                patch(id, "{'session_transfer':{'delegation':{'enforce_device_binding':'asn'}}}");
        assertThat(again.path("session_transfer").path("delegation").toString())
                .isEqualTo("{\"allow_delegated_access\":true,\"enforce_device_binding\":\"asn\"}");
    }

    /// THREATS R33.4.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'session_transfer':{'enforce_device_binding':'asn'}",
                "'session_transfer':{'delegation':{'enforce_device_binding':'asn'}}",
            })
    void withoutADatabaseNothingIsBoundByNetwork(String setting) throws IOException {
        var another = Files.createDirectory(folder.resolve("another"));
        try (var ignorant = new Api(another, new Rate(100, Duration.ofSeconds(1)), false)) {
            var created = ignorant.ok(Method.POST, "/clients", "{'name':'x','app_type':'native'}");
            var id = created.path("client_id").asString();
            for (var refused :
                    List.of(
                            ignorant.refused(Method.PATCH, "/clients/" + id, "{" + setting + "}"),
                            ignorant.refused(
                                    Method.POST, "/clients", "{'name':'y'," + setting + "}"))) {
                assertThat(refused.path("statusCode").asInt()).isEqualTo(400);
                assertThat(refused.path("message").asString()).contains("network.asn-database");
            }
            assertThat(ignorant.ok("/clients/" + id).has("session_transfer")).isFalse();
            var other = "{'session_transfer':{'enforce_device_binding':'ip'}}";
            assertThat(ignorant.ok(Method.PATCH, "/clients/" + id, other).isObject()).isTrue();
        }
    }

    @Test
    void noMethodsAreReturnedAsTheyWereGiven() {
        var client = patch(shop(), "{'session_transfer':{'allowed_authentication_methods':null}}");
        assertThat(client.path("session_transfer").path("allowed_authentication_methods").isNull())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'session_transfer':{'unheard_of':true}}",
                "{'session_transfer':{'enforce_device_binding':'mac'}}",
                "{'session_transfer':{'enforce_device_binding':null}}",
                "{'session_transfer':{'allowed_authentication_methods':['cookie','cookie']}}",
                "{'session_transfer':{'allowed_authentication_methods':['post']}}",
                "{'session_transfer':{'can_create_session_transfer_token':'true'}}",
                "{'session_transfer':{'delegation':{'enforce_device_binding':'none'}}}",
                "{'session_transfer':true}",
                "{'refresh_token':{'leeway':5}}",
                "{'refresh_token':{'rotation_type':'rotating','expiration_type':'non-expiring'}}",
                "{'refresh_token':{'rotation_type':'non-rotating','expiration_type':'expiring','token_lifetime':1.5}}",
                "{'client_metadata':{'a':1}}",
                "{'client_id':'mine'}",
                "{'tenant':'mine'}",
                "{'global':true}",
                "{'name':'<b>'}",
                "{'name':null}",
                "{'description':'\\u0000'}",
                "{'app_type':'toaster'}",
                "{'initiate_login_uri':'http://shop.example/login'}",
                "{'initiate_login_uri':'http://localhost@evil.example/login'}",
                "{'initiate_login_uri':'https://shop.example/login#here'}",
                "{'initiate_login_uri':'javascript:alert(1)'}",
                "{'jwt_configuration':{'alg':'none'}}",
                "{'client_secret':'short'}"
            })
    void aWrongValueIsRefusedAndChangesNothing(String body) {
        var id = shop();
        var before = api.ok("/clients/" + id);
        var error = api.refused(Method.PATCH, "/clients/" + id, body);
        assertThat(error.path("statusCode").asInt()).isEqualTo(400);
        assertThat(error.path("errorCode").asString()).isEqualTo("invalid_body");
        assertThat(error.path("message").asString())
                .startsWith("Payload validation error: '")
                .endsWith(".");
        assertThat(api.ok("/clients/" + id)).isEqualTo(before);
    }

    @Test
    void allThatIsWrongIsSaidAtOnce() {
        var error =
                api.refused(
                        Method.POST,
                        "/clients",
                        "{'app_type':5,'sso':'no','unheard_of':1,'session_transfer':{'allow_refresh_token':1}}");
        assertThat(error.path("message").asString())
                .isEqualTo(
                        "Payload validation error: 'Missing required property: name', 'Expected"
                            + " type string but found type integer' on property app_type, 'Expected"
                            + " type boolean but found type string' on property sso, 'Expected type"
                            + " boolean but found type integer' on property"
                            + " session_transfer.allow_refresh_token, 'Additional properties not"
                            + " allowed: unheard_of'.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "https://shop.example/login?x=1", "http://localhost:3000/login"})
    void aSignInBeginsByHttpsOrOnThisMachine(String uri) {
        assertThat(
                        patch(shop(), "{'initiate_login_uri':'" + uri + "'}")
                                .path("initiate_login_uri")
                                .asString())
                .isEqualTo(uri);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://shop.example/callback?x=1",
                "http://localhost:3000/cb",
                "http://127.0.0.1/cb",
                "http://[::1]:8080/cb",
                "com.example.shop://id.example/android/com.example.shop/callback",
                "com.example.shop:/callback"
            })
    void acceptsACallback(String uri) {
        assertThat(
                        patch(shop(), "{'callbacks':['" + uri + "']}")
                                .path("callbacks")
                                .get(0)
                                .asString())
                .isEqualTo(uri);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/callback",
                "https:callback",
                "https://",
                "https://shop.example/#fragment",
                "https://shop.example/#",
                "https://user@shop.example/",
                "https://user@sh_op.example/",
                "https://*.shop.example/",
                "http://shop.example/",
                "http://localhost.evil.example/",
                "http://localhost@evil.example/",
                "http://127.0.0.1.evil.example/",
                "javascript:alert(1)",
                "JavaScript:alert(1)",
                "data:text/html,x",
                "shop://callback",
                "https://shöp.example/",
                "https://shop.example/ x",
                ""
            })
    void refusesACallback(String uri) {
        var error =
                api.refused(Method.PATCH, "/clients/" + shop(), "{'callbacks':['" + uri + "']}");
        assertThat(error.path("message").asString()).contains("on property callbacks.0");
    }

    @Test
    void refreshTokenSettingsMergeAndNullResetsThem() {
        var id = shop();
        var rotating =
                patch(
                        id,
                        "{'refresh_token':{'rotation_type':'rotating','expiration_type':'expiring','leeway':7}}");
        assertThat(rotating.path("refresh_token").path("leeway").asInt()).isEqualTo(7);
        assertThat(rotating.path("refresh_token").path("infinite_token_lifetime").asBoolean())
                .isFalse();
        assertThat(rotating.path("refresh_token").path("token_lifetime").asInt())
                .isEqualTo(2_592_000);
        var reset = patch(id, "{'refresh_token':null}");
        assertThat(reset.path("refresh_token").path("rotation_type").asString())
                .isEqualTo("non-rotating");
    }

    @Test
    void metadataMergesKeyByKey() {
        var id = shop();
        patch(id, "{'client_metadata':{'a':'1','b':'2'}}");
        assertThat(
                        patch(id, "{'client_metadata':{'a':null,'c':'3'}}")
                                .path("client_metadata")
                                .toString())
                .isEqualTo("{\"b\":\"2\",\"c\":\"3\"}");
        var many = new StringBuilder("{'client_metadata':{");
        for (var i = 0; i < 9; i++)
            many.append(i == 0 ? "" : ",").append("'k").append(i).append("':'v'");
        api.refused(Method.PATCH, "/clients/" + id, many + "}}");
    }

    @Test
    void whatWeDontUnderstandIsReturnedUnchanged() {
        var client =
                patch(
                        shop(),
                        "{'mobile':{'ios':{'team_id':'T'}},'addons':{'samlp':{'n':1.5,'m':null}}}");
        assertThat(client.path("mobile").toString()).isEqualTo("{\"ios\":{\"team_id\":\"T\"}}");
        assertThat(client.path("addons").toString())
                .isEqualTo("{\"samlp\":{\"n\":1.5,\"m\":null}}");
    }

    @Test
    void theSecretIsShownToThoseWhoMayReadKeys() {
        var id = shop();
        assertThat(Api.json(api.get("/clients/" + id, "read:clients")).has("client_secret"))
                .isFalse();
        assertThat(Api.json(api.get("/clients", "read:clients")).get(0).has("client_secret"))
                .isFalse();
        assertThat(Api.json(api.get("/clients/" + id, "read:client_keys")).has("client_secret"))
                .isTrue();
    }

    @Test
    void rotationGivesAnotherSecret() {
        var id = shop();
        var before = api.ok("/clients/" + id).path("client_secret").asString();
        var rotated = api.ok(Method.POST, "/clients/" + id + "/rotate-secret", "");
        assertThat(rotated.path("client_secret").asString()).isNotEqualTo(before).hasSize(64);
        assertThat(rotated.path("name").asString()).isEqualTo("Shop (Android)");
        assertThat(api.ok("/clients/" + id).path("client_secret"))
                .isEqualTo(rotated.path("client_secret"));
    }

    @Test
    void theSecretNeedsAScopeOfItsOwn() {
        var path = "/clients/" + shop();
        var body = "{\"client_secret\":\"" + "k".repeat(40) + "\"}";
        assertThat(api.send(Method.PATCH, path, "update:clients", body).status()).isEqualTo(403);
        assertThat(api.send(Method.PATCH, path, "update:client_keys", "{\"name\":\"x\"}").status())
                .isEqualTo(403);
        assertThat(api.send(Method.PATCH, path, "update:client_keys", body).status())
                .isEqualTo(200);
        var client = api.ok(path);
        assertThat(client.path("client_secret").asString()).isEqualTo("k".repeat(40));
        assertThat(
                        api.configuration
                                .find(Kind.CLIENT, client.path("client_id").asString())
                                .orElseThrow()
                                .document())
                .doesNotContain("kkkk");
    }

    @Test
    void aDeletedClientIsGone() {
        var id = shop();
        assertThat(api.send(Method.DELETE, "/clients/" + id, "delete:clients", "").status())
                .isEqualTo(204);
        var error = api.refused(Method.GET, "/clients/" + id, "");
        assertThat(error.path("errorCode").asString()).isEqualTo("inexistent_client");
        assertThat(error.path("message").asString()).isEqualTo("The client does not exist");
        assertThat(api.send(Method.DELETE, "/clients/" + id, "delete:clients", "").status())
                .isEqualTo(204);
    }

    @Test
    void changesAtTheSameTimeAreAllKept() throws Exception {
        var id = shop();
        var changes = new ArrayList<Callable<JsonNode>>();
        var names = List.of("a", "b", "c", "d", "e", "f", "g", "h");
        for (var name : names)
            changes.add(() -> patch(id, "{'client_metadata':{'" + name + "':'1'}}"));
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (var done : threads.invokeAll(changes)) done.get();
        }
        assertThat(api.ok("/clients/" + id).path("client_metadata").propertyNames())
                .containsExactlyInAnyOrderElementsOf(names);
    }

    @Test
    void aChangeDoesNotBringADeletedClientBack() {
        var id = new ClientId(shop());
        var seen = api.configuration.find(Kind.CLIENT, id.value()).orElseThrow();
        api.ok(Method.DELETE, "/clients/" + id, "");
        var flags = new ClientTable.Flags(true, true, true, Set.of());
        var changed =
                api.database.inTransaction(
                        tx ->
                                tx.configuration()
                                        .replaceClient(
                                                id, seen.document(), seen.document(), flags));
        assertThat(changed).isFalse();
    }

    @Test
    void aNewClientMaySignInUsersOfTheDatabase() {
        var id = shop();
        var connection = api.ok("/connections").get(0);
        assertThat(connection.path("name").asString())
                .isEqualTo("Username-Password-Authentication");
        assertThat(connection.path("enabled_clients").valueStream().map(JsonNode::asString))
                .contains(id);
        var stranger =
                api.ok(Method.POST, "/clients", "{'name':'Stranger','is_first_party':false}");
        assertThat(
                        api.ok("/connections")
                                .get(0)
                                .path("enabled_clients")
                                .valueStream()
                                .map(JsonNode::asString))
                .doesNotContain(stranger.path("client_id").asString());
    }

    @Test
    void aWriteIsLoggedAndAReadIsNot() {
        var id = shop();
        patch(id, "{'description':'x'}");
        api.refused(Method.PATCH, "/clients/" + id, "{'description':5}");
        var logs = api.ok("/logs");
        assertThat(
                        logs.valueStream()
                                .map(
                                        it ->
                                                it.path("type").asString()
                                                        + " "
                                                        + it.path("description").asString()))
                .containsExactlyInAnyOrder("sapi Create a client", "sapi Update a client");
        assertThat(logs.get(0).path("client_name").asString()).isEqualTo("Bootstrap");
    }

    /// Contract management-api §8.
    @Test
    void onlyAReadThatRevealsASecretIsLogged() {
        var id = shop();
        api.get("/clients/" + id, "read:clients");
        api.get("/clients", "read:clients");
        api.get("/clients/" + id + "?fields=name", "read:client_keys");
        assertThat(reads()).isEmpty();
        api.get("/clients/" + id, "read:client_keys");
        api.get("/clients?fields=name,client_secret", "read:client_keys");
        assertThat(reads()).containsExactlyInAnyOrder("Get a client", "Get clients");
    }

    private List<String> reads() {
        return api.ok("/logs?q=type:mgmt_api_read")
                .valueStream()
                .map(it -> it.path("description").asString())
                .toList();
    }

    /// Field by field as contract management-api §2.1 shows it.
    @Test
    void aMinimalClientIsShownAsTheContractSays() {
        var id = shop();
        var client = (ObjectNode) Api.json(api.get("/clients/" + id, "read:clients"));
        var keys = client.remove("signing_keys");
        assertThat(client.toString())
                .isEqualTo(
                        """
                        {"tenant":"example","global":false,"name":"Shop (Android)","client_id":"%s",\
                        "is_first_party":true,"is_token_endpoint_ip_header_trusted":false,\
                        "oidc_conformant":false,"sso_disabled":false,"cross_origin_authentication":false,\
                        "custom_login_page_on":true,"token_endpoint_auth_method":"none",\
                        "grant_types":["authorization_code","implicit","refresh_token"],\
                        "jwt_configuration":{"secret_encoded":false,"lifetime_in_seconds":36000},\
                        "refresh_token":{"rotation_type":"non-rotating","expiration_type":"non-expiring",\
                        "leeway":0,"token_lifetime":2592000,"infinite_token_lifetime":true,\
                        "infinite_idle_token_lifetime":true,"idle_token_lifetime":1296000},\
                        "app_type":"native"}\
                        """
                                .formatted(id));
        assertThat(keys).hasSize(1);
        assertThat(keys.get(0).propertyNames()).containsExactly("cert");
        assertThat(keys.get(0).path("cert").asString()).startsWith("-----BEGIN CERTIFICATE-----\n");
    }

    @Test
    void theCertificateHoldsTheKeyThatSigns() throws Exception {
        var path = "/clients/" + shop();
        var keys = Api.json(api.get(path, "read:client_keys")).path("signing_keys").get(0);
        var factory = CertificateFactory.getInstance("X.509");
        var pem = keys.path("cert").asString().getBytes(StandardCharsets.US_ASCII);
        var certificate =
                (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(pem));
        certificate.verify(certificate.getPublicKey());
        certificate.checkValidity(Date.from(Api.NOW.plusSeconds(1)));
        var token = SignedJWT.parse(api.token("read:clients"));
        assertThat(token.verify(new RSASSAVerifier((RSAPublicKey) certificate.getPublicKey())))
                .isTrue();
        assertThat(keys.path("pkcs7").asString()).startsWith("-----BEGIN PKCS7-----\n");
        var again = Api.json(api.get(path, "read:client_keys")).path("signing_keys").get(0);
        assertThat(again).isEqualTo(keys);
    }

    /// Contract native-to-web §14.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'require_target':true",
                "'allowed_targets':['web']",
                "'network_same_asn':true",
                "'explain_refusals':true",
                "'enforce_device_binding':'network'"
            })
    void ourOwnSettingsAreShownOnlyOnceSet(String setting) {
        var path = "/clients/" + shop();
        api.ok(Method.PATCH, path, "{'session_transfer':{'allow_refresh_token':false}}");
        var name = setting.substring(1, setting.indexOf("':"));
        var before = Api.json(api.get(path, "read:clients")).path("session_transfer");
        assertThat(before.has(name)).isEqualTo(name.equals("enforce_device_binding"));
        var after = api.ok(Method.PATCH, path, "{'session_transfer':{" + setting + "}}");
        var expected = setting.substring(setting.indexOf(':') + 1).replace('\'', '"');
        assertThat(after.path("session_transfer").path(name).toString()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'require_target':1",
                "'allowed_targets':'web'",
                "'allowed_targets':['web','web']",
                "'allowed_targets':[7]",
                "'network_same_asn':'yes'",
                "'explain_refusals':null",
                "'enforce_device_binding':'net'"
            })
    void ourOwnSettingsOfAnotherTypeAreRefused(String setting) {
        api.refused(Method.PATCH, "/clients/" + shop(), "{'session_transfer':{" + setting + "}}");
    }

    @Test
    void lifetimesOfIdTokensAreFilledInWhenAClientIsCreated() {
        var client =
                api.ok(
                        Method.POST,
                        "/clients",
                        "{'name':'Web','jwt_configuration':{'alg':'RS256'}}");
        assertThat(client.path("jwt_configuration").toString())
                .isEqualTo(
                        "{\"secret_encoded\":false,\"lifetime_in_seconds\":36000,\"alg\":\"RS256\"}");
    }

    /// auth0-deploy-cli takes `secret_encoded` for read-only, and leaves it out.
    @Test
    void settingsOfIdTokensMergeFieldByField() {
        var id = shop();
        api.ok(Method.PATCH, "/clients/" + id, "{'jwt_configuration':{'secret_encoded':true}}");
        var client =
                api.ok(
                        Method.PATCH,
                        "/clients/" + id,
                        "{'jwt_configuration':{'lifetime_in_seconds':60}}");
        assertThat(client.path("jwt_configuration").toString())
                .isEqualTo("{\"secret_encoded\":true,\"lifetime_in_seconds\":60}");
        var without = api.ok(Method.PATCH, "/clients/" + id, "{'jwt_configuration':null}");
        assertThat(without.has("jwt_configuration")).isFalse();
    }

    @Test
    void listsAreFilteredAndSearched() {
        var id = shop();
        api.ok(Method.POST, "/clients", "{'name':'Stranger','is_first_party':false}");
        assertThat(api.ok("/clients?app_type=native,spa")).hasSize(1);
        assertThat(api.ok("/clients?is_first_party=false")).hasSize(1);
        assertThat(api.ok("/clients?is_global=false")).hasSize(3);
        assertThat(api.ok("/clients?is_global=true")).isEmpty();
        assertThat(api.ok("/clients?q=app_type:native")).hasSize(1);
        assertThat(api.ok("/clients?q=name:Shop*")).hasSize(1);
        assertThat(api.ok("/clients?q=NOT%20client_id:" + id)).hasSize(2);
        for (var query : List.of("client_grant.organization_id:x", "secret:x", "name:"))
            assertThat(
                            api.refused(Method.GET, "/clients?q=" + query, "")
                                    .path("errorCode")
                                    .asString())
                    .isEqualTo("invalid_query_string");
    }

    /// THREATS R47.3: the secret of a client that may do more is a way to its scopes.
    @Test
    void nobodyReadsOrChangesTheSecretOfAClientThatMayDoMore() {
        var mine = "read:client_keys update:client_keys update:clients";
        var path = "/clients/" + Api.FIRST;
        assertThat(Api.json(api.get(path, mine)).has("client_secret")).isFalse();
        assertThat(
                        Api.json(api.get("/clients", mine))
                                .valueStream()
                                .noneMatch(it -> it.has("client_secret")))
                .isTrue();
        assertThat(api.send(Method.POST, path + "/rotate-secret", mine, "").status())
                .isEqualTo(403);
        var secret = "{\"client_secret\":\"" + "k".repeat(40) + "\"}";
        assertThat(api.send(Method.PATCH, path, mine, secret).status()).isEqualTo(403);
        assertThat(api.ok(path).path("client_secret").asString()).isEqualTo("s".repeat(64));
        assertThat(api.ok(Method.POST, path + "/rotate-secret", "").has("client_secret")).isTrue();
    }
}
