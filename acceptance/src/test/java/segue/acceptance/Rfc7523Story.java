package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.JWTClaimsSet;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.story.World;
import segue.demo.wire.Answer;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Clients that authenticate by a JWT: RFC 7523 §2.2 and §3, RFC 7521 §4.2, OpenID Connect Core §9
/// (contract authentication-api §4.1; THREATS R19.1, R19.2, R44.1).
class Rfc7523Story extends KinScene {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Map<String, String> JUNK =
            Map.of("grant_type", "refresh_token", "refresh_token", "junk");
    private static final String NOT_SIGNED =
            "No key of this client for this alg and kid has signed client_assertion.";

    private final KeyPair keys = Assertions.keys(JWSAlgorithm.ES256);
    private String client = "";

    @Override
    Map<String, String> database() {
        return Map.of();
    }

    @BeforeAll
    void register() {
        client = register(keys, "ES256", "{}").path("client_id").asString();
    }

    private JsonNode register(KeyPair keys, String algorithm, String more) {
        return create("clients", registration(keys, algorithm, more).toString());
    }

    private static ObjectNode registration(KeyPair keys, String algorithm, String more) {
        var body =
                (ObjectNode)
                        JSON.readTree("{\"name\":\"Partner\",\"grant_types\":[\"refresh_token\"]}");
        body.setAll((ObjectNode) JSON.readTree(more));
        body.putObject("client_authentication_methods")
                .putObject("private_key_jwt")
                .putArray("credentials")
                .add(credential(keys, algorithm));
        return body;
    }

    private static ObjectNode credential(KeyPair keys, String algorithm) {
        return JSON.createObjectNode()
                .put("credential_type", "public_key")
                .put("name", "A key")
                .put("pem", Assertions.pem(keys))
                .put("alg", algorithm);
    }

    private JsonNode withSecret(String method) {
        return create(
                "clients",
                """
                {"name":"Partner","grant_types":["refresh_token"],"token_endpoint_auth_method":"%s"}
                """
                        .formatted(method));
    }

    private Assertions partner() {
        return Assertions.by(keys, JWSAlgorithm.ES256, client, issuer());
    }

    private Answer send(URI at, Map<String, String> fields, String... more) {
        var all = new LinkedHashMap<>(JUNK);
        all.putAll(fields);
        for (var i = 0; i < more.length; i += 2) all.put(more[i], more[i + 1]);
        return wire().postForm(at.resolve("oauth/token"), all, Map.of());
    }

    private Answer send(String assertion) {
        return send(issuer(), Assertions.parameters(assertion));
    }

    /// The client got as far as its grant.
    private static void isAuthenticated(Answer answer) {
        assertThat(answer.text("error_description")).isEqualTo("Unknown or invalid refresh token.");
        assertThat(answer.status()).isEqualTo(403);
    }

    private static void isRefused(Answer answer, String description) {
        assertThat(answer.text("error_description")).isEqualTo(description);
        assertThat(answer.text("error")).isEqualTo("invalid_client");
        assertThat(answer.status()).isEqualTo(401);
    }

    @Nested
    class Section2_2 {
        @ParameterizedTest
        @ValueSource(strings = {"RS256", "RS384", "PS256", "ES256", "EdDSA"})
        void aClientProvesItselfByAKeyOfItsOwn(String name) {
            var algorithm = JWSAlgorithm.parse(name);
            var own = Assertions.keys(algorithm);
            var id = register(own, name, "{}").path("client_id").asString();
            var assertions = Assertions.by(own, algorithm, id, issuer());
            isAuthenticated(send(assertions.fresh()));
            isAuthenticated(
                    send(issuer(), Assertions.parameters(assertions.fresh()), "client_id", id));
            // Another algorithm of the same key isn't what was registered (THREATS R44.1).
            var other = name.equals("RS256") ? JWSAlgorithm.PS256 : JWSAlgorithm.RS256;
            if (own.getPublic().getAlgorithm().equals("RSA"))
                isRefused(send(Assertions.by(own, other, id, issuer()).fresh()), NOT_SIGNED);
        }

        /// OpenID Connect Core §9, `client_secret_jwt`.
        @Test
        void aClientProvesItselfByItsSecretWithoutSendingIt() {
            var registered = withSecret("client_secret_jwt");
            var secret = registered.path("client_secret").asString();
            var id = registered.path("client_id").asString();
            var right = by(secret, id, JWSAlgorithm.HS256);
            isAuthenticated(send(right.fresh()));
            isRefused(send(by(secret + "x", id, JWSAlgorithm.HS256).fresh()), NOT_SIGNED);
            isRefused(
                    send(by(secret, id, JWSAlgorithm.HS512).fresh()),
                    "client_assertion must be signed by RS256, RS384, PS256, ES256 or EdDSA, or by"
                            + " HS256 with the client's secret.");
        }

        @Test
        void bothParametersAreNeeded() {
            for (var missing : Set.of("client_assertion", "client_assertion_type")) {
                var fields = Assertions.parameters(partner().fresh());
                fields.remove(missing);
                var answer = send(issuer(), fields, "client_id", client);
                assertThat(answer.text("error")).isEqualTo("invalid_request");
                assertThat(answer.text("error_description"))
                        .isEqualTo("Missing required parameter: " + missing);
                assertThat(answer.status()).isEqualTo(400);
            }
        }

        @Test
        void anotherTypeOfAssertionIsRefused() {
            var fields = Assertions.parameters(partner().fresh());
            fields.put(
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:saml2-bearer");
            isRefused(
                    send(issuer(), fields),
                    "client_assertion_type must be " + Assertions.TYPE + ".");
        }

        @Test
        void jsonCarriesAnAssertionToo() {
            var fields = Assertions.parameters(partner().fresh());
            fields.putAll(JUNK);
            isAuthenticated(wire().post(issuer().resolve("oauth/token"), fields, Map.of()));
        }

        @Test
        void itAuthenticatesAtEveryEndpointOnce() {
            var assertion = partner().fresh();
            var revoke = Assertions.parameters(assertion);
            revoke.put("token", "junk");
            var endpoint = issuer().resolve("oauth/revoke");
            assertThat(wire().postForm(endpoint, revoke, Map.of()).status()).isEqualTo(200);
            isRefused(
                    wire().postForm(endpoint, revoke, Map.of()),
                    "client_assertion was used before.");
            isRefused(send(assertion), "client_assertion was used before.");
        }
    }

    private Assertions by(String secret, String id, JWSAlgorithm algorithm) {
        return new Assertions(id, issuer().toString(), algorithm, Assertions.signer(secret));
    }

    /// RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each
    /// request."
    @Nested
    class OneMethod {
        @Test
        void anAssertionBesideASecretIsRefused() {
            var fields = Assertions.parameters(partner().fresh());
            var basic =
                    Base64.getEncoder()
                            .encodeToString((client + ":x").getBytes(StandardCharsets.UTF_8));
            var inHeader = new LinkedHashMap<>(fields);
            inHeader.putAll(JUNK);
            var token = issuer().resolve("oauth/token");
            for (var answer :
                    List.of(
                            send(issuer(), fields, "client_id", client, "client_secret", "x"),
                            wire().postForm(
                                            token,
                                            inHeader,
                                            Map.of("Authorization", "Basic " + basic)))) {
                assertThat(answer.text("error")).isEqualTo("invalid_request");
                assertThat(answer.status()).isEqualTo(400);
            }
            // It wasn't spent.
            isAuthenticated(send(issuer(), fields));
        }

        /// THREATS R19.1.
        @Test
        void aClientWithAKeyCanNotUseItsSecret() {
            var secret = secret(client);
            for (var answer :
                    List.of(
                            send(issuer(), Map.of("client_id", client, "client_secret", secret)),
                            send(issuer(), Map.of("client_id", client)))) {
                assertThat(answer.text("error_description")).isEqualTo("Unauthorized");
                assertThat(answer.status()).isEqualTo(401);
            }
            isRefused(send(by(secret, client, JWSAlgorithm.HS256).fresh()), NOT_SIGNED);
        }

        @ParameterizedTest
        @ValueSource(strings = {"client_secret_post", "client_secret_basic", "none"})
        void aClientOfAnotherMethodCanNotUseAnAssertion(String method) {
            var registered = withSecret(method);
            var secret = registered.path("client_secret").asString();
            var id = registered.path("client_id").asString();
            isRefused(send(by(secret, id, JWSAlgorithm.HS256).fresh()), NOT_SIGNED);
        }

        @Test
        void aClientWhoseSecretSignsCanNotSendIt() {
            var registered = withSecret("client_secret_jwt");
            var answer =
                    send(
                            issuer(),
                            Map.of(
                                    "client_id",
                                    registered.path("client_id").asString(),
                                    "client_secret",
                                    registered.path("client_secret").asString()));
            assertThat(answer.text("error_description")).isEqualTo("Unauthorized");
            assertThat(answer.status()).isEqualTo(401);
        }

        /// A method that isn't built yet opens nothing.
        @Test
        void aClientThatAskedForACertificateOfTheConnectionGetsInByNothingLess() {
            var registered =
                    create(
                            "clients",
                            """
                            {"name":"Partner","grant_types":["refresh_token"],
                             "client_authentication_methods":{"tls_client_auth":{"credentials":[]}}}
                            """);
            var answer =
                    send(
                            issuer(),
                            Map.of(
                                    "client_id",
                                    registered.path("client_id").asString(),
                                    "client_secret",
                                    registered.path("client_secret").asString()));
            assertThat(answer.status()).isEqualTo(401);
        }
    }

    private String secret(String id) {
        return operator().get("clients/" + id).text("client_secret");
    }

    /// A change that makes an assertion useless, and what is said about it.
    private record Bad(
            String name, String description, UnaryOperator<JWTClaimsSet.Builder> change) {
        DynamicTest refusedIn(Rfc7523Story story) {
            return DynamicTest.dynamicTest(
                    name, () -> isRefused(story.send(story.partner().with(change)), description));
        }
    }

    private static Date in(long seconds) {
        return Date.from(Instant.now().plusSeconds(seconds));
    }

    @Nested
    class Section3 {
        @TestFactory
        Stream<DynamicTest> point1And2IssuerAndSubjectAreTheClient() {
            var words = "iss and sub of client_assertion must both be the client_id.";
            return Stream.of(
                            new Bad("no iss", words, it -> it.issuer(null)),
                            new Bad("another iss", words, it -> it.issuer(World.SHOP)),
                            new Bad("no sub", words, it -> it.subject(null)),
                            new Bad("another sub", words, it -> it.subject(World.SHOP)),
                            new Bad("empty ones", words, it -> it.issuer("").subject("")),
                            new Bad(
                                    "control characters",
                                    words,
                                    it -> it.issuer("a\0b").subject("a\0b")))
                    .map(it -> it.refusedIn(Rfc7523Story.this));
        }

        /// RFC 7521 §4.2.
        @Test
        void aClientIdBesideItNamesTheSameClient() {
            isRefused(
                    send(
                            issuer(),
                            Assertions.parameters(partner().fresh()),
                            "client_id",
                            World.SHOP),
                    "iss and sub of client_assertion must both be the client_id.");
        }

        @TestFactory
        Stream<DynamicTest> point3TheAudienceIsUs() {
            var words =
                    "aud of client_assertion must be the issuer or the token endpoint, and nobody"
                            + " else.";
            var us = issuer().toString();
            return Stream.of(
                            new Bad("none", words, it -> it.audience((String) null)),
                            new Bad("an empty list", words, it -> it.audience(List.of())),
                            new Bad(
                                    "somebody else",
                                    words,
                                    it -> it.audience("https://e.example/")),
                            new Bad(
                                    "the issuer without its slash",
                                    words,
                                    it -> it.audience(us.substring(0, us.length() - 1))),
                            new Bad(
                                    "another endpoint",
                                    words,
                                    it -> it.audience(us + "oauth/revoke")),
                            new Bad(
                                    "us and somebody else, who could replay it",
                                    words,
                                    it -> it.audience(List.of(us, "https://e.example/"))))
                    .map(it -> it.refusedIn(Rfc7523Story.this));
        }

        @Test
        void point3TheAudienceMayBeTheTokenEndpointOrAListOfOurNames() {
            var us = issuer().toString();
            for (var audience :
                    List.of(
                            List.of(us + "oauth/token"),
                            List.of(us + "oauth/par"),
                            List.of(us),
                            List.of(us, us + "oauth/token")))
                isAuthenticated(
                        send(
                                partner()
                                        .with(
                                                it ->
                                                        audience.size() == 1
                                                                ? it.claim("aud", audience)
                                                                : it.audience(audience))));
        }

        @TestFactory
        Stream<DynamicTest> point4ItEndsSoon() {
            var words = "exp of client_assertion must lie ahead, by at most 5 minutes.";
            return Stream.of(
                            new Bad("never", words, it -> it.expirationTime(null)),
                            new Bad("has ended", words, it -> it.expirationTime(in(-11))),
                            new Bad("far ahead", words, it -> it.expirationTime(in(330))))
                    .map(it -> it.refusedIn(Rfc7523Story.this));
        }

        @TestFactory
        Stream<DynamicTest> point5And6ItHasBegun() {
            var words = "iat or nbf of client_assertion lies in the future.";
            return Stream.of(
                            new Bad("nbf", words, it -> it.notBeforeTime(in(30))),
                            new Bad("iat", words, it -> it.issueTime(in(30))))
                    .map(it -> it.refusedIn(Rfc7523Story.this));
        }

        @Test
        void aClockMayBeOffBySomeSeconds() {
            isAuthenticated(send(partner().with(it -> it.notBeforeTime(in(5)).issueTime(in(5)))));
            isAuthenticated(send(partner().with(it -> it.expirationTime(in(-5)))));
            isAuthenticated(send(partner().with(it -> it.expirationTime(in(300)))));
        }

        @Test
        void point6TheTimeOfIssueMayBeMissing() {
            isAuthenticated(send(partner().with(it -> it.issueTime(null))));
        }

        @TestFactory
        Stream<DynamicTest> point7ItHasAnId() {
            var words = "jti of client_assertion must have 1 to 255 characters.";
            return Stream.of(
                            new Bad("none", words, it -> it.jwtID(null)),
                            new Bad("an empty one", words, it -> it.jwtID("")),
                            new Bad("a long one", words, it -> it.jwtID("x".repeat(256))))
                    .map(it -> it.refusedIn(Rfc7523Story.this));
        }

        /// THREATS R19.2.
        @Test
        void point7OfManyWhoSendOneAssertionExactlyOneIsHeard() throws Exception {
            var assertion = partner().fresh();
            Callable<Integer> sending = () -> send(assertion).status();
            assertThat(statuses(Stream.generate(() -> List.of(sending)).limit(30)))
                    .containsOnly(401, 403)
                    .containsOnlyOnce(403);
        }

        private static List<Integer> statuses(Stream<List<Callable<Integer>>> calls)
                throws Exception {
            try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
                return pool.invokeAll(calls.flatMap(List::stream).toList()).stream()
                        .map(Future::resultNow)
                        .toList();
            }
        }

        @Test
        void point7TheSameIdOfTwoClientsIsTwo() {
            var other = register(keys, "ES256", "{}").path("client_id").asString();
            isAuthenticated(send(partner().with(it -> it.jwtID("shared"))));
            isAuthenticated(
                    send(
                            Assertions.by(keys, JWSAlgorithm.ES256, other, issuer())
                                    .with(it -> it.jwtID("shared"))));
            isRefused(
                    send(partner().with(it -> it.jwtID("shared"))),
                    "client_assertion was used before.");
        }

        /// Who lacks the key can't spend the assertion of somebody who has it.
        @Test
        void point7OneThatIsNotSignedSpendsNoId() {
            var thief = Assertions.keys(JWSAlgorithm.ES256);
            isRefused(
                    send(
                            Assertions.by(thief, JWSAlgorithm.ES256, client, issuer())
                                    .with(it -> it.jwtID("wanted"))),
                    NOT_SIGNED);
            isAuthenticated(send(partner().with(it -> it.jwtID("wanted"))));
        }

        @Test
        void point7WhatIsUsedAtOneNodeIsUsedAtTheOther() throws Exception {
            try (var postgres = new PostgresServer();
                    var one = new World(0, postgres.settings());
                    var other = new World(0, postgres.settings())) {
                var operator =
                        new Operator(
                                wire(),
                                one.issuer(),
                                postgres.settings().getOrDefault("bootstrap.client-id", ""),
                                postgres.settings().getOrDefault("bootstrap.client-secret", ""));
                var id =
                        operator.call(
                                        "POST",
                                        "clients",
                                        registration(keys, "ES256", "{}").toString())
                                .text("client_id");
                var here = Assertions.by(keys, JWSAlgorithm.ES256, id, one.issuer());
                var there = Assertions.by(keys, JWSAlgorithm.ES256, id, other.issuer());
                isAuthenticated(
                        send(
                                one.issuer(),
                                Assertions.parameters(here.with(it -> it.jwtID("once")))));
                isRefused(
                        send(
                                other.issuer(),
                                Assertions.parameters(there.with(it -> it.jwtID("once")))),
                        "client_assertion was used before.");
                isAuthenticated(send(other.issuer(), Assertions.parameters(there.fresh())));
                Callable<Integer> atOne =
                        () ->
                                send(
                                                one.issuer(),
                                                Assertions.parameters(
                                                        here.with(it -> it.jwtID("raced"))))
                                        .status();
                Callable<Integer> atOther =
                        () ->
                                send(
                                                other.issuer(),
                                                Assertions.parameters(
                                                        there.with(it -> it.jwtID("raced"))))
                                        .status();
                assertThat(statuses(Stream.generate(() -> List.of(atOne, atOther)).limit(10)))
                        .containsOnly(401, 403)
                        .containsOnlyOnce(403);
            }
        }

        /// "The JWT MUST be digitally signed or have a Message Authentication Code (MAC) applied by
        /// the issuer."
        @TestFactory
        Stream<DynamicTest> point9ItIsSignedByTheClient() throws JOSEException {
            var thief = Assertions.keys(JWSAlgorithm.ES256);
            var theirs = Assertions.by(thief, JWSAlgorithm.ES256, client, issuer());
            var jwk = new ECKey.Builder(Curve.P_256, (ECPublicKey) thief.getPublic()).build();
            var own = operator().get("clients/" + client + "/credentials").json().path(0);
            var publicKey = Assertions.pem(keys);
            return Stream.of(
                            Map.entry("by another key", theirs.fresh()),
                            Map.entry(
                                    "by a key that it brings along",
                                    theirs.withHeader(it -> it.jwk(jwk))),
                            Map.entry(
                                    "by a key that it points to",
                                    theirs.withHeader(
                                            it -> it.jwkURL(URI.create("https://e.example/jwks")))),
                            Map.entry(
                                    "by another key of the right name",
                                    theirs.withHeader(it -> it.keyID(own.path("kid").asString()))),
                            Map.entry(
                                    "by its key under another name",
                                    partner().withHeader(it -> it.keyID("../../etc/passwd"))),
                            Map.entry(
                                    "by its public key as a secret",
                                    by(publicKey, client, JWSAlgorithm.HS256).fresh()),
                            Map.entry(
                                    "by a client that there isn't",
                                    Assertions.by(keys, JWSAlgorithm.ES256, "unknown", issuer())
                                            .fresh()))
                    .map(
                            it ->
                                    DynamicTest.dynamicTest(
                                            it.getKey(),
                                            () -> isRefused(send(it.getValue()), NOT_SIGNED)));
        }

        @Test
        void point9ItsNameMayChooseTheKey() {
            var own = operator().get("clients/" + client + "/credentials").json().path(0);
            isAuthenticated(send(partner().withHeader(it -> it.keyID(own.path("kid").asString()))));
        }

        @Test
        void point9UnsignedIsRefused() {
            var claims = partner().fresh().split("\\.", -1)[1];
            var header =
                    Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8));
            for (var text :
                    List.of(header + "." + claims + ".", "nonsense", "a.b.c", "x".repeat(9000)))
                assertThat(send(text).status()).as(text).isEqualTo(401);
        }

        /// THREATS R44.1: what was signed for another purpose isn't an assertion.
        @ParameterizedTest
        @ValueSource(strings = {"at+jwt", "dpop+jwt", "logout+jwt", "oauth-authz-req+jwt"})
        void point10AnotherTypeOfTokenIsRefused(String type) {
            isRefused(
                    send(partner().withHeader(it -> it.type(new JOSEObjectType(type)))),
                    "The header of client_assertion has a typ or a crit that is not for here.");
        }

        @Test
        void point10WhatMustBeUnderstoodAndIsNotIsRefused() {
            isRefused(
                    send(
                            partner()
                                    .withHeader(
                                            it ->
                                                    it.customParam("x", 1)
                                                            .criticalParams(Set.of("x")))),
                    "The header of client_assertion has a typ or a crit that is not for here.");
        }

        @Test
        void point10NoTypeOrItsOwnTypeWillDo() {
            isAuthenticated(send(partner().withHeader(it -> it.type(null))));
            isAuthenticated(
                    send(
                            partner()
                                    .withHeader(
                                            it ->
                                                    it.type(
                                                            new JOSEObjectType(
                                                                    "client-authentication+jwt")))));
        }

        @Test
        void point10ClaimsOfTheWrongTypeAreRefused() {
            var header = new JWSHeader.Builder(JWSAlgorithm.ES256).build();
            for (var claims :
                    List.of(
                            "{\"exp\":\"tomorrow\"}",
                            "{\"aud\":{\"us\":1}}",
                            "{\"jti\":{}}",
                            "[]",
                            "{\"exp\":1e400}"))
                assertThat(send(partner().signed(header, claims)).status())
                        .as(claims)
                        .isEqualTo(401);
        }
    }

    /// FAPI 2.0 Security Profile §5.3.2.1 and §5.4.1.
    @Nested
    class Fapi {
        private JsonNode registered(KeyPair own, String algorithm) {
            return register(own, algorithm, "{\"compliance_level\":\"fapi2_sp_pkj_mtls\"}");
        }

        /// At the token endpoint it would need a proof of possession, too.
        private void isRecognised(String assertion) {
            var fields = Assertions.parameters(assertion);
            fields.put("token", "junk");
            var answer = wire().postForm(issuer().resolve("oauth/introspect"), fields, Map.of());
            assertThat(answer.json().toString()).isEqualTo("{\"active\":false}");
        }

        @ParameterizedTest
        @ValueSource(strings = {"PS256", "ES256", "EdDSA"})
        void theseAlgorithmsAreAccepted(String name) {
            var algorithm = JWSAlgorithm.parse(name);
            var own = Assertions.keys(algorithm);
            var id = registered(own, name).path("client_id").asString();
            isRecognised(Assertions.by(own, algorithm, id, issuer()).fresh());
        }

        @ParameterizedTest
        @ValueSource(strings = {"RS256", "RS384"})
        void theOthersAreNot(String name) {
            var algorithm = JWSAlgorithm.parse(name);
            var own = Assertions.keys(algorithm);
            var id = registered(own, name).path("client_id").asString();
            isRefused(
                    send(Assertions.by(own, algorithm, id, issuer()).fresh()),
                    "FAPI: client_assertion must be signed by PS256, ES256 or EdDSA.");
        }

        @Test
        void theAudienceIsTheIssuerAsAString() {
            var id = registered(keys, "ES256").path("client_id").asString();
            var assertions = Assertions.by(keys, JWSAlgorithm.ES256, id, issuer());
            var us = issuer().toString();
            var header = new JWSHeader.Builder(JWSAlgorithm.ES256).build();
            for (var audience : List.of("\"" + us + "oauth/token\"", "[\"" + us + "\"]")) {
                var claims =
                        "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":%s,\"exp\":%d,\"jti\":\"%s\"}"
                                .formatted(
                                        id,
                                        id,
                                        audience,
                                        Instant.now().getEpochSecond() + 60,
                                        UUID.randomUUID());
                isRefused(
                        send(assertions.signed(header, claims)),
                        "FAPI: aud of client_assertion must be the issuer, as a string.");
                // The same is good enough without FAPI.
                isAuthenticated(send(partner().signed(header, claims.replace(id, client))));
            }
        }

        @Test
        void noSecretWillDo() {
            var registered =
                    create(
                            "clients",
                            """
                            {"name":"Partner","grant_types":["refresh_token"],
                             "compliance_level":"fapi2_sp_pkj_mtls"}
                            """);
            var id = registered.path("client_id").asString();
            var secret = registered.path("client_secret").asString();
            assertThat(send(issuer(), Map.of("client_id", id, "client_secret", secret)).status())
                    .isEqualTo(401);
            operator().patchClient(id, "{\"token_endpoint_auth_method\":\"client_secret_jwt\"}");
            isRefused(
                    send(by(secret, id, JWSAlgorithm.HS256).fresh()),
                    "FAPI: client_assertion must be signed by PS256, ES256 or EdDSA.");
        }
    }

    /// How keys come and go (contract management-api §2).
    @Nested
    class Credentials {
        private final KeyPair first = Assertions.keys(JWSAlgorithm.ES256);
        private final KeyPair second = Assertions.keys(JWSAlgorithm.PS256);

        private String path(String id) {
            return "clients/" + id + "/credentials";
        }

        private void use(String id, String... credentials) {
            var list =
                    Stream.of(credentials)
                            .map("{\"id\":\"%s\"}"::formatted)
                            .collect(Collectors.joining(","));
            operator()
                    .patchClient(
                            id,
                            """
                            {"client_authentication_methods":{"private_key_jwt":{"credentials":[%s]}}}
                            """
                                    .formatted(list));
        }

        @Test
        void aKeyIsChangedWithoutAMomentInWhichNoneWorks() {
            var registered = register(first, "ES256", "{}");
            var id = registered.path("client_id").asString();
            var old = only(registered);
            var before = Assertions.by(first, JWSAlgorithm.ES256, id, issuer());
            var after = Assertions.by(second, JWSAlgorithm.PS256, id, issuer());
            var added = create(path(id), credential(second, "PS256").toString());
            // It is there, and doesn't count before the client names it.
            isRefused(send(after.fresh()), NOT_SIGNED);
            use(id, old, added.path("id").asString());
            isAuthenticated(send(before.fresh()));
            isAuthenticated(send(after.fresh()));
            use(id, added.path("id").asString());
            isRefused(send(before.fresh()), NOT_SIGNED);
            isAuthenticated(send(after.fresh()));
            manage(204, "DELETE", path(id) + "/" + old, "");
            assertThat(operator().get(path(id)).json()).hasSize(1);
            manage(204, "DELETE", path(id) + "/" + added.path("id").asString(), "");
            isRefused(send(after.fresh()), NOT_SIGNED);
        }

        private String only(JsonNode registered) {
            var named =
                    registered
                            .path("client_authentication_methods")
                            .path("private_key_jwt")
                            .path("credentials");
            assertThat(named).hasSize(1);
            return named.path(0).path("id").asString();
        }

        @Test
        void aKeyThatHasEndedCountsNoMore() {
            var registered = register(first, "ES256", "{}");
            var id = registered.path("client_id").asString();
            var assertions = Assertions.by(first, JWSAlgorithm.ES256, id, issuer());
            var credential = path(id) + "/" + only(registered);
            manage(200, "PATCH", credential, "{\"expires_at\":\"2020-01-01T00:00:00Z\"}");
            isRefused(send(assertions.fresh()), NOT_SIGNED);
            manage(200, "PATCH", credential, "{\"expires_at\":null}");
            isAuthenticated(send(assertions.fresh()));
        }

        @Test
        void aClientGoesBackToItsSecret() {
            var id = register(first, "ES256", "{}").path("client_id").asString();
            operator()
                    .patchClient(
                            id,
                            """
                            {"client_authentication_methods":null,"token_endpoint_auth_method":"client_secret_post"}
                            """);
            var secret = secret(id);
            isAuthenticated(send(issuer(), Map.of("client_id", id, "client_secret", secret)));
            isRefused(
                    send(Assertions.by(first, JWSAlgorithm.ES256, id, issuer()).fresh()),
                    NOT_SIGNED);
        }
    }

    @Test
    void discoveryTellsTheMethodsAndAlgorithms() {
        var metadata = wire().get(issuer().resolve(".well-known/openid-configuration")).json();
        assertThat(metadata.path("token_endpoint_auth_methods_supported").toString())
                .isEqualTo(
                        "[\"client_secret_basic\",\"client_secret_post\",\"client_secret_jwt\",\"private_key_jwt\",\"none\"]");
        assertThat(metadata.path("token_endpoint_auth_signing_alg_values_supported").toString())
                .isEqualTo("[\"RS256\",\"RS384\",\"PS256\",\"ES256\",\"EdDSA\",\"HS256\"]");
    }
}
