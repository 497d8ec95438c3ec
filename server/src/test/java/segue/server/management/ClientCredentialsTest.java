package segue.server.management;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.domain.identifier.ClientId;
import segue.server.http.Method;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.Map;

/// The public keys of clients (contract authentication-api §4.1, management-api §2).
class ClientCredentialsTest {
    private static final JsonMapper JSON = new JsonMapper();

    /// Made once by `openssl req -x509`, with a P-256 key; it ends on 2036-11-23.
    private static final String CERTIFICATE =
            """
            -----BEGIN CERTIFICATE-----
            MIIBeDCCAR+gAwIBAgIUOH9SOpvwccG6yfoETsbIPF7CHA4wCgYIKoZIzj0EAwIw
            EjEQMA4GA1UEAwwHcGFydG5lcjAeFw0yNjExMjYwNzE4NDVaFw0zNjExMjMwNzE4
            NDVaMBIxEDAOBgNVBAMMB3BhcnRuZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
            AASwdhT5bxV2YmQnt445Ygv++Hm+iKszy6x9r9YksQgk0+eTHvuMgwPfyS2Hyax1
            x4vuPYjxDHTEYAEhxiwP3Ztpo1MwUTAdBgNVHQ4EFgQU5hCiLDkG/RRhvkUUjEhD
            FMjt/0IwHwYDVR0jBBgwFoAU5hCiLDkG/RRhvkUUjEhDFMjt/0IwDwYDVR0TAQH/
            BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBqXcWVhjp4Fh7GoDHOtTgJaUOS87H4
            sRv1ci3uTuOaNwIgeA1z946NbKG0AgoIjtPe6Q8/d3KyIrfrAl1y+HFw87Q=
            -----END CERTIFICATE-----
            """;

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

    private static KeyPair keys(String algorithm, int bits) {
        try {
            var generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair ec(String curve) {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(curve));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(String type, byte[] der) {
        return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
                .formatted(type, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der));
    }

    private static String pem(KeyPair keys) {
        return pem("PUBLIC KEY", keys.getPublic().getEncoded());
    }

    private static ObjectNode credential(String pem) {
        return JSON.createObjectNode().put("credential_type", "public_key").put("pem", pem);
    }

    private static String client(ObjectNode... credentials) {
        var body = JSON.createObjectNode().put("name", "Partner");
        var list =
                body.putObject("client_authentication_methods")
                        .putObject("private_key_jwt")
                        .putArray("credentials");
        for (var credential : credentials) list.add(credential);
        return body.toString();
    }

    private static JsonNode named(JsonNode client) {
        return client.path("client_authentication_methods")
                .path("private_key_jwt")
                .path("credentials");
    }

    private String plainClient() {
        return id(api.ok(Method.POST, "/clients", "{'name':'Web'}"));
    }

    private static String id(JsonNode client) {
        return client.path("client_id").asString();
    }

    @Test
    void aClientComesWithItsKeyAndShowsItsIdOnly() {
        var pem = pem(ec("secp256r1"));
        var made = api.ok(Method.POST, "/clients", client(credential(pem).put("name", "2026")));
        assertThat(made.has("token_endpoint_auth_method")).isFalse();
        assertThat(made.has("credentials")).isFalse();
        var named = named(made);
        assertThat(named).hasSize(1);
        assertThat(named.path(0).propertyNames()).containsExactly("id");
        var path = "/clients/" + id(made);
        assertThat(named(api.ok(path))).isEqualTo(named);
        assertThat(api.ok(path).toString()).doesNotContain("PUBLIC KEY");
        var credentials = api.ok(path + "/credentials");
        assertThat(credentials).hasSize(1);
        var shown = credentials.path(0);
        assertThat(shown.path("id").asString()).matches("cred_[A-Za-z0-9]{16}");
        assertThat(shown.path("alg").asString()).isEqualTo("ES256");
        assertThat(shown.path("kid").asString()).matches("[A-Za-z0-9_-]{43}");
        assertThat(shown.path("name").asString()).isEqualTo("2026");
        assertThat(shown.path("created_at").asString()).isEqualTo("2026-03-02T09:00:00.000Z");
        assertThat(shown.has("pem")).isFalse();
        assertThat(shown.has("expires_at")).isFalse();
        assertThat(api.ok(path + "/credentials/" + shown.path("id").asString())).isEqualTo(shown);
    }

    @Test
    void eachKindOfKeyHasItsUsualAlgorithm() {
        for (var kind :
                Map.of(
                                "RS256",
                                keys("RSA", 2048),
                                "ES256",
                                ec("secp256r1"),
                                "EdDSA",
                                keys("Ed25519", 255))
                        .entrySet()) {
            var path = "/clients/" + plainClient() + "/credentials";
            var made = api.ok(Method.POST, path, credential(pem(kind.getValue())).toString());
            assertThat(made.path("alg").asString()).isEqualTo(kind.getKey());
        }
    }

    @Test
    void aCertificateMayGiveTheKeyAndItsEnd() {
        var path = "/clients/" + plainClient() + "/credentials";
        var plain = api.ok(Method.POST, path, credential(CERTIFICATE).toString());
        assertThat(plain.path("alg").asString()).isEqualTo("ES256");
        assertThat(plain.has("expires_at")).isFalse();
        var ending =
                credential(CERTIFICATE)
                        .put("parse_expiry_from_cert", true)
                        .put("kid", "another-name");
        assertThat(api.ok(Method.POST, path, ending.toString()).path("expires_at").asString())
                .startsWith("2036-11-");
    }

    @Test
    void whatIsNoKeyIsRefused() {
        var path = "/clients/" + plainClient() + "/credentials";
        var good = pem(ec("secp256r1"));
        var cases =
                Map.of(
                        credential(pem("PRIVATE KEY", ec("secp256r1").getPrivate().getEncoded())),
                        "This is a private key",
                        credential("junk"),
                        "Not a PEM",
                        credential(good + good),
                        "Not a PEM",
                        credential(pem("PUBLIC KEY", new byte[] {1, 2, 3})),
                        "Not a PEM",
                        credential(pem(keys("RSA", 1024))),
                        "Not an RSA key of 2048",
                        credential(pem(ec("secp384r1"))),
                        "Not an RSA key of 2048",
                        credential(good).put("alg", "RS256"),
                        "This key can't sign by RS256",
                        credential(good).put("alg", "HS256"),
                        "No enum match for: HS256",
                        credential(good).put("expires_at", "tomorrow"),
                        "Not an ISO 8601",
                        credential(good).put("jwks_uri", "https://e.example"),
                        "Additional properties not allowed: jwks_uri");
        cases.forEach(
                (body, words) -> {
                    assertThat(
                                    api.refused(Method.POST, path, body.toString())
                                            .path("message")
                                            .asString())
                            .contains(words);
                    assertThat(
                                    api.refused(Method.POST, "/clients", client(body))
                                            .path("message")
                                            .asString())
                            .contains(words);
                });
        assertThat(api.ok(path)).isEmpty();
    }

    @Test
    void aClientHasTwoKeysAtMost() {
        var body = client(credential(pem(ec("secp256r1"))), credential(pem(ec("secp256r1"))));
        var path = "/clients/" + id(api.ok(Method.POST, "/clients", body));
        var third = credential(pem(ec("secp256r1"))).toString();
        var refused = api.refused(Method.POST, path + "/credentials", third);
        assertThat(refused.path("message").asString())
                .isEqualTo("A client has at most 2 credentials: delete one first");
        assertThat(api.ok(path + "/credentials")).hasSize(2);
    }

    @Test
    void aKeyIsRegisteredOnce() {
        var key = credential(pem(ec("secp256r1"))).toString();
        var path = "/clients/" + plainClient() + "/credentials";
        api.ok(Method.POST, path, key);
        assertThat(api.refused(Method.POST, path, key).path("statusCode").asInt()).isEqualTo(409);
    }

    @Test
    void aPatchWithNewKeysReplacesThoseThatItDoesNotName() {
        var made = api.ok(Method.POST, "/clients", client(credential(pem(ec("secp256r1")))));
        var path = "/clients/" + id(made);
        var change = (ObjectNode) JSON.readTree(client(credential(pem(ec("secp256r1")))));
        change.remove("name");
        var changed = api.ok(Method.PATCH, path, change.toString());
        assertThat(named(changed)).hasSize(1).isNotEqualTo(named(made));
        assertThat(api.ok(path + "/credentials")).hasSize(1);
        // A list of ids deletes none.
        api.ok(
                Method.PATCH,
                path,
                "{'client_authentication_methods':{'private_key_jwt':{'credentials':[]}}}");
        assertThat(api.ok(path + "/credentials")).hasSize(1);
        assertThat(api.registry.client(new ClientId(id(made))))
                .hasValueSatisfying(it -> assertThat(it.keys()).isEmpty());
    }

    @Test
    void aClientHasOneMethod() {
        var path = "/clients/" + plainClient();
        for (var body :
                new String[] {
                    "{'client_authentication_methods':{}}",
                    "{'client_authentication_methods':{'private_key_jwt':{'credentials':[]},'tls_client_auth':{}}}",
                    "{'client_authentication_methods':{'private_key_jwt':{'credentials':[]}},'token_endpoint_auth_method':'none'}",
                    "{'client_authentication_methods':{'private_key_jwt':{'credentials':[{'id':'cred_x'}]}}}",
                    "{'client_authentication_methods':{'secret':{}}}",
                    "{'compliance_level':'fapi3'}"
                })
            assertThat(api.refused(Method.PATCH, path, body).path("statusCode").asInt())
                    .as(body)
                    .isEqualTo(400);
        api.ok(
                Method.PATCH,
                path,
                "{'client_authentication_methods':{'private_key_jwt':{'credentials':[]}}}");
        api.refused(Method.PATCH, path, "{'token_endpoint_auth_method':'client_secret_post'}");
        var back =
                api.ok(
                        Method.PATCH,
                        path,
                        "{'token_endpoint_auth_method':'client_secret_post','client_authentication_methods':null}");
        assertThat(back.has("client_authentication_methods")).isFalse();
    }

    @Test
    void onlyTheEndOfAKeyChanges() {
        var path = "/clients/" + plainClient() + "/credentials";
        var made = api.ok(Method.POST, path, credential(pem(ec("secp256r1"))).toString());
        var one = path + "/" + made.path("id").asString();
        var changed = api.ok(Method.PATCH, one, "{'expires_at':'2030-01-01T01:00:00+01:00'}");
        assertThat(changed.path("expires_at").asString()).isEqualTo("2030-01-01T00:00:00.000Z");
        assertThat(api.ok(one)).isEqualTo(changed);
        for (var body : new String[] {"{}", "{'alg':'PS256'}", "{'expires_at':7}"})
            assertThat(api.refused(Method.PATCH, one, body).path("statusCode").asInt())
                    .isEqualTo(400);
        assertThat(api.ok(Method.PATCH, one, "{'expires_at':null}").has("expires_at")).isFalse();
    }

    @Test
    void whatIsNotThereIsNotFound() {
        var path = "/clients/" + plainClient() + "/credentials";
        assertThat(
                        api.refused(Method.GET, "/clients/x/credentials", "")
                                .path("errorCode")
                                .asString())
                .isEqualTo("inexistent_client");
        for (var method : new Method[] {Method.GET, Method.PATCH})
            assertThat(
                            api.refused(method, path + "/cred_x", "{'expires_at':null}")
                                    .path("errorCode")
                                    .asString())
                    .isEqualTo("inexistent_credential");
        assertThat(api.send(Method.DELETE, path + "/cred_x", Api.everything(), "").status())
                .isEqualTo(204);
    }

    /// THREATS R47.2.
    @Test
    void whoMayChangeClientsMayNotChangeTheirKeys() {
        var path = "/clients/" + plainClient();
        var change = client(credential(pem(ec("secp256r1"))));
        assertThat(api.send(Method.PATCH, path, "update:clients", change).status()).isEqualTo(403);
        var only = (ObjectNode) JSON.readTree(change);
        only.remove("name");
        var keys = "update:client_credentials";
        assertThat(api.send(Method.PATCH, path, keys, change).status()).isEqualTo(403);
        assertThat(api.send(Method.PATCH, path, keys, only.toString()).status()).isEqualTo(200);
    }

    /// THREATS R47.3: whoever could add a key to a client that may do more could act as it.
    @Test
    void nobodyAddsAKeyToAClientThatMayDoMoreThanThey() {
        var path = "/clients/" + Api.FIRST;
        var key = credential(pem(ec("secp256r1")));
        var mine = "create:client_credentials update:client_credentials delete:client_credentials";
        assertThat(api.send(Method.POST, path + "/credentials", mine, key.toString()).status())
                .isEqualTo(403);
        var change = (ObjectNode) JSON.readTree(client(key));
        change.remove("name");
        assertThat(api.send(Method.PATCH, path, mine, change.toString()).status()).isEqualTo(403);
        assertThat(api.send(Method.DELETE, path + "/credentials/x", mine, "").status())
                .isEqualTo(403);
    }

    @Test
    void aTenantFileCarriesKeysAndReadsThemOnce() {
        var body =
                """
                clients:
                  - name: Partner
                    client_authentication_methods:
                      private_key_jwt:
                        credentials:
                          - credential_type: public_key
                            expires_at: "2030-01-01T00:00:00Z"
                            pem: |
                %s
                """
                        .formatted(pem(ec("secp256r1")).indent(14));
        assertThat(read(body).changes()).isEqualTo(1);
        assertThat(read(body).changes()).isZero();
        var written = new TenantFile(api.tenancy).write();
        assertThat(written).contains("PUBLIC KEY").contains("2030-01-01").doesNotContain("cred_");
        assertThat(read(written).changes()).isZero();
        var other =
                body.replaceFirst("(?s)-----BEGIN.*", "")
                        + pem(ec("secp256r1")).indent(14).stripLeading();
        assertThat(read(other).changes()).isEqualTo(1);
        var stored = api.tenancy.clients.byName("Partner").orElseThrow();
        assertThat(ClientCredentials.all(Page.object(stored.document()))).hasSize(1);
    }

    private TenantFile.Report read(String text) {
        var report = new TenantFile(api.tenancy).read(text, Map.of(), new TenantFolder(folder));
        assertThat(report.problems()).isEmpty();
        return report;
    }
}
