package segue.server.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.UserId;
import segue.domain.keys.SigningAlgorithm;
import segue.domain.secret.Secret;
import segue.server.jwt.Jwts.Flaw;
import segue.server.jwt.Jwts.IdTokenHint;
import segue.server.jwt.Jwts.Signature;
import segue.server.jwt.Jwts.Verified;
import segue.server.keys.HandClock;
import segue.server.keys.MasterKey;
import segue.server.keys.SigningKeys;
import segue.server.keys.SigningProvider;
import segue.storage.Configuration;
import segue.storage.Keys;
import segue.storage.jdbc.SqliteDatabase;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/// Of all that may be presented, only what we signed for this purpose is ours (THREATS T-44).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JwtsTest {
    private static final String ISSUER = "https://id.example/";
    private static final Set<String> ISSUERS = Set.of(ISSUER, "https://login.shop.example/");
    private static final String USERINFO = ISSUER + "userinfo";
    private static final Secret SHARED = new Secret("s".repeat(64));
    private static final ClientId SHARING = new ClientId("sharing");
    private static final Signature RS256 = new Signature.Ours(SigningAlgorithm.RS256);
    private static final Signature PS256 = new Signature.Ours(SigningAlgorithm.PS256);

    private final HandClock clock = new HandClock();
    private Optional<SqliteDatabase> database = Optional.empty();
    private Optional<SigningKeys> keys = Optional.empty();

    @BeforeAll
    void open(@TempDir Path folder) {
        var opened = SqliteDatabase.open(folder.resolve("segue.db"), clock);
        database = Optional.of(opened);
        new Configuration(opened).begin(table -> table.putTenant("{}"));
        var master = new MasterKey(new byte[32]);
        keys =
                Optional.of(
                        new SigningKeys(new Keys(opened), master, SigningProvider.load(), clock));
    }

    @AfterAll
    void close() {
        database.orElseThrow().close();
    }

    private static Optional<Secret> secretOf(ClientId client) {
        return client.equals(SHARING) ? Optional.of(SHARED) : Optional.empty();
    }

    private SigningKeys keys() {
        return keys.orElseThrow();
    }

    private Jwts jwts() {
        return new Jwts(keys(), clock);
    }

    private Map<String, Object> accessClaims() {
        var claims = new HashMap<String, Object>();
        claims.put("iss", ISSUER);
        claims.put("sub", "auth0|kim");
        claims.put("aud", List.of("https://api.example", USERINFO));
        claims.put("exp", Jwts.seconds(clock.instant().plus(Duration.ofHours(1))));
        claims.put("azp", "app");
        claims.put("scope", "openid");
        return claims;
    }

    private Map<String, Object> idClaims(String client) {
        var claims = new HashMap<String, Object>();
        claims.put("iss", ISSUER);
        claims.put("sub", "auth0|kim");
        claims.put("aud", client);
        claims.put("exp", Jwts.seconds(clock.instant().plus(Duration.ofHours(1))));
        claims.put("sid", "session");
        return claims;
    }

    private Verified access(String text) {
        return jwts().accessToken(text, ISSUERS, Set.of(USERINFO));
    }

    private Optional<IdTokenHint> hint(String text) {
        return jwts().idTokenHint(text, ISSUERS, JwtsTest::secretOf);
    }

    private static Verified invalid(Flaw flaw) {
        return new Verified.Invalid(flaw);
    }

    @Test
    void anAccessTokenOfOursIsValidInBothProfilesAndAlgorithms() {
        for (var signature : List.of(RS256, PS256)) {
            var plain = jwts().sign(accessClaims(), "JWT", signature);
            assertThat(access(plain)).isInstanceOf(Verified.Valid.class);
            var claims = accessClaims();
            claims.put("client_id", claims.remove("azp"));
            var standard = jwts().sign(claims, "at+jwt", signature);
            assertThat(access(standard)).isInstanceOf(Verified.Valid.class);
        }
    }

    @Test
    void theHeaderNamesTypeAlgorithmAndKey() throws ParseException {
        var header = SignedJWT.parse(jwts().sign(accessClaims(), "at+jwt", PS256)).getHeader();
        var kid = keys().signing(SigningAlgorithm.PS256).kid();
        assertThat(header.toJSONObject())
                .isEqualTo(Map.of("typ", "at+jwt", "alg", "PS256", "kid", kid));
    }

    @Test
    void anAccessTokenDiesAtItsExpiry() {
        var claims = accessClaims();
        claims.put("exp", Jwts.seconds(clock.instant()));
        assertThat(access(jwts().sign(claims, "JWT", RS256))).isEqualTo(invalid(Flaw.EXPIRED));
        claims.put("exp", Jwts.seconds(clock.instant()) + 1);
        assertThat(access(jwts().sign(claims, "JWT", RS256))).isInstanceOf(Verified.Valid.class);
        claims.remove("exp");
        assertThat(access(jwts().sign(claims, "JWT", RS256))).isEqualTo(invalid(Flaw.EXPIRED));
    }

    @Test
    void anAccessTokenForSomebodyElseIsNotForUs() {
        var claims = accessClaims();
        claims.put("aud", "https://api.example");
        assertThat(access(jwts().sign(claims, "JWT", RS256))).isEqualTo(invalid(Flaw.AUDIENCE));
        claims.remove("aud");
        assertThat(access(jwts().sign(claims, "JWT", RS256))).isEqualTo(invalid(Flaw.AUDIENCE));
    }

    @Test
    void anIdTokenIsNoAccessTokenWhateverItsAudience() {
        var token = jwts().sign(idClaims(USERINFO), "JWT", RS256);
        assertThat(access(token)).isEqualTo(invalid(Flaw.SIGNATURE));
    }

    /// `at+jwt` among them, because these claims lack its `client_id`.
    @ParameterizedTest
    @ValueSource(strings = {"logout+jwt", "at+jwt", "jwt", "JWS", ""})
    void anotherTypeIsNoAccessToken(String type) {
        assertThat(access(jwts().sign(accessClaims(), type, RS256)))
                .isEqualTo(invalid(Flaw.SIGNATURE));
    }

    @Test
    void anotherIssuerIsNotUs() {
        var claims = accessClaims();
        claims.put("iss", "https://evil.example/");
        assertThat(access(jwts().sign(claims, "JWT", RS256))).isEqualTo(invalid(Flaw.SIGNATURE));
        claims.remove("iss");
        assertThat(access(jwts().sign(claims, "JWT", RS256))).isEqualTo(invalid(Flaw.SIGNATURE));
    }

    @Test
    void aSharedSecretSignsNoAccessTokenForUs() {
        var token = jwts().sign(accessClaims(), "JWT", new Signature.Shared(SHARED));
        assertThat(access(token)).isEqualTo(invalid(Flaw.SIGNATURE));
    }

    private String signed(JWSHeader.Builder header, JWSSigner signer, Map<String, Object> claims)
            throws JOSEException {
        var jwt = new JWSObject(header.build(), new Payload(claims));
        jwt.sign(signer);
        return jwt.serialize();
    }

    private JWSHeader.Builder header(JWSAlgorithm algorithm) {
        return new JWSHeader.Builder(algorithm)
                .type(JOSEObjectType.JWT)
                .keyID(keys().signing(SigningAlgorithm.RS256).kid());
    }

    /// The oldest trick: HS256 with the public key as its secret.
    @Test
    void thePublicKeyIsNoSharedSecret() throws Exception {
        var kid = keys().signing(SigningAlgorithm.RS256).kid();
        var published = JWKSet.parse(keys().jwks()).getKeyByKeyId(kid).toRSAKey();
        var signer = new MACSigner(published.toRSAPublicKey().getEncoded());
        assertThat(access(signed(header(JWSAlgorithm.HS256), signer, accessClaims())))
                .isEqualTo(invalid(Flaw.SIGNATURE));
        assertThat(hint(signed(header(JWSAlgorithm.HS256), signer, idClaims("sharing")))).isEmpty();
    }

    /// Keys that a token brings along are never looked at.
    @Test
    void aKeyThatTheTokenBringsVerifiesNothing() throws Exception {
        var stranger = new RSAKeyGenerator(2048).generate();
        var signer = new RSASSASigner(stranger);
        for (var kid : List.of(keys().signing(SigningAlgorithm.RS256).kid(), "stranger")) {
            var header =
                    header(JWSAlgorithm.RS256)
                            .keyID(kid)
                            .jwk(stranger.toPublicJWK())
                            .jwkURL(URI.create("https://evil.example/jwks.json"))
                            .x509CertURL(URI.create("https://evil.example/x5u"));
            assertThat(access(signed(header, signer, accessClaims())))
                    .isEqualTo(invalid(Flaw.SIGNATURE));
            assertThat(hint(signed(header, signer, idClaims("web")))).isEmpty();
        }
    }

    @Test
    void anUnknownCriticalHeaderIsNotIgnored() throws Exception {
        var header =
                header(JWSAlgorithm.RS256)
                        .criticalParams(Set.of("http://example/x"))
                        .customParam("http://example/x", true);
        var signer = keys().signing(SigningAlgorithm.RS256).signer();
        assertThat(access(signed(header, signer, accessClaims())))
                .isEqualTo(invalid(Flaw.SIGNATURE));
    }

    @Test
    void aTokenThatNamesNoKeyIsNotTriedWithAll() throws Exception {
        var header = new JWSHeader.Builder(JWSAlgorithm.RS256).type(JOSEObjectType.JWT);
        var signer = keys().signing(SigningAlgorithm.RS256).signer();
        assertThat(access(signed(header, signer, accessClaims())))
                .isEqualTo(invalid(Flaw.SIGNATURE));
    }

    @Test
    void anAlgorithmThatWeDoNotUseVerifiesNothingEvenWithOurKey() throws Exception {
        var signer = keys().signing(SigningAlgorithm.RS256).signer();
        for (var algorithm : List.of(JWSAlgorithm.RS384, JWSAlgorithm.RS512, JWSAlgorithm.PS512))
            assertThat(access(signed(header(algorithm), signer, accessClaims())))
                    .isEqualTo(invalid(Flaw.SIGNATURE));
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatIsNoTokenIsMalformed() {
        var deep = "[".repeat(20_000) + "]".repeat(20_000);
        var empty = base64("{}");
        var ours = base64("{\"alg\":\"RS256\"}");
        for (var text :
                List.of(
                        "",
                        ".",
                        "..",
                        "a.b.c",
                        "null",
                        base64("{\"alg\":\"none\"}") + "." + empty + ".",
                        base64("{\"alg\":\"NONE\"}") + "." + empty + ".",
                        base64("{\"alg\":7}") + "." + empty + ".AAAA",
                        base64("[]") + "." + empty + ".AAAA",
                        ours + "." + base64("[]") + ".AAAA",
                        ours + "." + base64("{\"exp\":\"soon\"}") + ".AAAA",
                        ours + "." + base64("{\"a\":" + deep + "}") + ".AAAA",
                        base64("{\"alg\":\"RS256\",\"x\":" + deep + "}") + "." + empty + ".AAAA")) {
            assertThat(access(text)).isInstanceOf(Verified.Invalid.class);
            assertThat(hint(text)).isEmpty();
            assertThat(Jwts.refusedAudience(text)).isEmpty();
        }
        assertThat(access("a.b.c")).isEqualTo(invalid(Flaw.MALFORMED));
    }

    /// Changes, or drops, a character somewhere; not among the last of the signature, which may
    /// hold bits that mean nothing.
    @RepeatedTest(300)
    void noForgedCharacterGoesUnseen(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        var token = jwts().sign(accessClaims(), "JWT", RS256);
        var at = random.nextInt(token.length() - 4);
        var alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
        var other = alphabet.charAt(random.nextInt(alphabet.length()));
        var forged = token.substring(0, at) + other + token.substring(at + 1);
        if (token.charAt(at) != other)
            assertThat(access(forged)).isInstanceOf(Verified.Invalid.class);
        assertThat(access(token.substring(0, at) + token.substring(at + 1)))
                .isInstanceOf(Verified.Invalid.class);
    }

    @Test
    void anIdTokenIsAHintEvenAfterItsExpiry() {
        var claims = idClaims("web");
        claims.put("exp", 1);
        var expected =
                new IdTokenHint(
                        new UserId("auth0|kim"), new ClientId("web"), Optional.of("session"));
        assertThat(hint(jwts().sign(claims, "JWT", RS256))).hasValue(expected);
        claims.remove("sid");
        assertThat(hint(jwts().sign(claims, "JWT", PS256)).orElseThrow().session()).isEmpty();
    }

    @Test
    void anAccessTokenIsNoHint() {
        var claims = accessClaims();
        assertThat(hint(jwts().sign(claims, "JWT", RS256))).isEmpty();
        claims.put("aud", "https://api.example");
        assertThat(hint(jwts().sign(claims, "JWT", RS256))).isEmpty();
        claims.put("client_id", claims.remove("azp"));
        assertThat(hint(jwts().sign(claims, "at+jwt", RS256))).isEmpty();
    }

    @Test
    void aSharedSecretSignsHintsForItsOwnClientOnly() {
        var shared = new Signature.Shared(SHARED);
        assertThat(hint(jwts().sign(idClaims("sharing"), "JWT", shared))).isPresent();
        // A client that doesn't sign with its secret has none that counts.
        assertThat(hint(jwts().sign(idClaims("web"), "JWT", shared))).isEmpty();
        var foreign = new Signature.Shared(new Secret("t".repeat(64)));
        assertThat(hint(jwts().sign(idClaims("sharing"), "JWT", foreign))).isEmpty();
        // What we signed before the client changed its algorithm stays good.
        assertThat(hint(jwts().sign(idClaims("sharing"), "JWT", RS256))).isPresent();
    }

    /// Its client can sign whatever it likes; none of it may break us.
    @Test
    void aSharedSecretSignsNoNonsense() throws Exception {
        var signer = new MACSigner(SHARED.reveal());
        for (var claim : List.of("iss", "sub", "aud")) {
            for (var value : List.<Object>of("", List.of(), List.of("a", "b"), Map.of())) {
                var claims = idClaims("sharing");
                claims.put(claim, value);
                assertThat(hint(signed(header(JWSAlgorithm.HS256), signer, claims)))
                        .as("%s %s", claim, value)
                        .isEmpty();
            }
            var claims = idClaims("sharing");
            claims.remove(claim);
            assertThat(hint(signed(header(JWSAlgorithm.HS256), signer, claims)))
                    .as(claim)
                    .isEmpty();
        }
    }

    @Test
    void aClientActsForItselfOnlyWithATokenOfItsOwn() throws ParseException {
        var user = JWTClaimsSet.parse(accessClaims());
        assertThat(Jwts.actingClient(user)).isEmpty();
        for (var names : List.of("azp", "client_id")) {
            var own = Map.<String, Object>of("sub", "app@clients", names, "app");
            assertThat(Jwts.actingClient(JWTClaimsSet.parse(own))).hasValue(new ClientId("app"));
            var other = Map.<String, Object>of("sub", "web@clients", names, "app");
            assertThat(Jwts.actingClient(JWTClaimsSet.parse(other))).isEmpty();
        }
    }
}
