package segue.server.dpop;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.token.KeyThumbprint;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Every point of RFC 9449 §4.3.
class ProofTest {
    private static final Instant NOW = Instant.parse("2026-03-02T09:14:07Z");
    private static final Proof.Target TOKEN =
            new Proof.Target("POST", "https://id.example/oauth/token", Optional.empty());
    private static final Proof.Target USE =
            new Proof.Target("POST", "https://id.example/oauth/token", Optional.of("right"));
    private static final Set<String> NONCES = Set.of("this", "last");
    private static final KeyThumbprint KEY = new KeyThumbprint("k".repeat(43));

    private static <T> List<Optional<T>> perhaps(List<T> values) {
        var all = new ArrayList<Optional<T>>();
        all.add(Optional.empty());
        values.forEach(it -> all.add(Optional.of(it)));
        return all;
    }

    @Test
    void everyCombinationIsJudgedAsTheRfcSays() {
        for (var type : perhaps(List.of("dpop+jwt", "JWT")))
            for (var algorithm : List.of("ES256", "ES384", "RS256", "HS256", "none"))
                for (var isSigned : List.of(true, false))
                    for (var method : perhaps(List.of("POST", "post", "GET")))
                        for (var uri : perhaps(List.of(TOKEN.uri(), "https://evil.example/")))
                            for (var seconds :
                                    perhaps(List.of(-3600L, -61L, -60L, 0L, 60L, 61L, 3600L)))
                                for (var id :
                                        perhaps(List.of("", "1", "i".repeat(128), "i".repeat(129))))
                                    for (var nonce : perhaps(List.of("this", "last", "next", "")))
                                        for (var hash : perhaps(List.of("right", "wrong"))) {
                                            var it =
                                                    new Proof(
                                                            type,
                                                            algorithm,
                                                            isSigned,
                                                            KEY,
                                                            method,
                                                            uri,
                                                            seconds.map(NOW::plusSeconds),
                                                            id,
                                                            nonce,
                                                            hash);
                                            assertThat(told(it.judged(TOKEN, NONCES, NOW)))
                                                    .as("%s", it)
                                                    .isEqualTo(oracle(it, seconds, true));
                                            assertThat(told(it.judged(USE, NONCES, NOW)))
                                                    .as("%s", it)
                                                    .isEqualTo(
                                                            oracle(
                                                                    it,
                                                                    seconds,
                                                                    hash.orElse("")
                                                                            .equals("right")));
                                        }
    }

    private static String told(Proof.Verdict verdict) {
        return switch (verdict) {
            case Proof.Verdict.Sound _ -> "sound";
            case Proof.Verdict.Flawed(var flaw) -> flaw.name();
        };
    }

    private static String oracle(Proof it, Optional<Long> seconds, boolean tokenFits) {
        if (!it.type().orElse("").equals("dpop+jwt")) return "TYPE";
        if (!it.algorithm().equals("ES256")) return "ALGORITHM";
        if (!it.isSigned()) return "SIGNATURE";
        if (!it.method().orElse("").equals("POST")) return "METHOD";
        if (!it.uri().orElse("").startsWith("https://id.example/oauth")) return "URI";
        if (seconds.isEmpty() || Math.abs(seconds.get()) > 60) return "TIME";
        if (!List.of("1", "i".repeat(128)).contains(it.id().orElse(""))) return "ID";
        if (!tokenFits) return "TOKEN";
        return Set.of("this", "last").contains(it.nonce().orElse("")) ? "sound" : "NONCE";
    }

    @ParameterizedTest
    @CsvSource({
        "https://id.example/oauth/token, true",
        "https://id.example/oauth/token?a=b, true",
        "https://id.example/oauth/token#there, true",
        "HTTPS://ID.example/oauth/token, true",
        "https://id.example:443/oauth/token, true",
        "https://id.example:8443/oauth/token, false",
        "http://id.example/oauth/token, false",
        "http://id.example:443/oauth/token, false",
        "https://id.example/oauth/token/, false",
        "https://id.example/OAuth/token, false",
        "https://id.example/oauth/../oauth/token, false",
        "https://id.example/oauth%2Ftoken, false",
        "https://id.example.evil.example/oauth/token, false",
        "https://id.example@evil.example/oauth/token, false",
        "https://me@id.example/oauth/token, false",
        "//id.example/oauth/token, false",
        "/oauth/token, false",
        "https:/oauth/token, false",
        "https://id.example, false",
        "urn:id.example, false",
        "https://id example/oauth/token, false",
        "'', false"
    })
    void theUrlIsComparedWithoutQueryAndFragment(String uri, boolean isSame) {
        var proof =
                new Proof(
                        Optional.of("dpop+jwt"),
                        "ES256",
                        true,
                        KEY,
                        Optional.of("POST"),
                        Optional.of(uri),
                        Optional.of(NOW),
                        Optional.of("1"),
                        Optional.of("this"),
                        Optional.empty());
        assertThat(told(proof.judged(TOKEN, NONCES, NOW))).isEqualTo(isSame ? "sound" : "URI");
    }

    // What is really sent.

    private static ECKey key(Curve curve) throws JOSEException {
        return new ECKeyGenerator(curve).generate();
    }

    private static JWTClaimsSet claims() {
        return new JWTClaimsSet.Builder()
                .claim("htm", "POST")
                .claim("htu", TOKEN.uri())
                .issueTime(Date.from(NOW))
                .jwtID("1")
                .claim("nonce", "this")
                .build();
    }

    private static String signed(JWSAlgorithm algorithm, JWK jwk, JWSSigner signer)
            throws JOSEException {
        var header =
                new JWSHeader.Builder(algorithm)
                        .type(new JOSEObjectType("dpop+jwt"))
                        .jwk(jwk)
                        .build();
        var jwt = new SignedJWT(header, claims());
        jwt.sign(signer);
        return jwt.serialize();
    }

    private static Proof.Verdict judge(String... sent) {
        return Proof.judge(List.of(sent), TOKEN, NONCES, NOW);
    }

    @Test
    void aSoundProofTellsTheThumbprintOfItsKey() throws Exception {
        var key = key(Curve.P_256);
        var proof = signed(JWSAlgorithm.ES256, key.toPublicJWK(), new ECDSASigner(key));
        assertThat(judge(proof))
                .isInstanceOfSatisfying(
                        Proof.Verdict.Sound.class,
                        sound ->
                                assertThat(sound.proof().key().value()).isEqualTo(thumbprint(key)));
    }

    /// RFC 7638 §3, by hand.
    private static String thumbprint(ECKey key) {
        var members =
                "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}"
                        .formatted(key.getX(), key.getY());
        try {
            var digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(members.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void theKeyOfTheHeaderMustHaveSignedIt() throws Exception {
        var key = key(Curve.P_256);
        var other = key(Curve.P_256);
        assertThat(
                        told(
                                judge(
                                        signed(
                                                JWSAlgorithm.ES256,
                                                other.toPublicJWK(),
                                                new ECDSASigner(key)))))
                .isEqualTo("SIGNATURE");
    }

    @Test
    void anyOtherAlgorithmIsRefusedBeforeItsKeyIsUsed() throws Exception {
        var large = key(Curve.P_384);
        var rsa = new RSAKeyGenerator(2048).generate();
        var small = key(Curve.P_256).toPublicJWK();
        for (var proof :
                List.of(
                        signed(JWSAlgorithm.ES384, large.toPublicJWK(), new ECDSASigner(large)),
                        signed(JWSAlgorithm.RS256, rsa.toPublicJWK(), new RSASSASigner(rsa)),
                        signed(JWSAlgorithm.PS256, rsa.toPublicJWK(), new RSASSASigner(rsa)),
                        // The public key as a shared secret: the confusion of algorithms.
                        signed(
                                JWSAlgorithm.HS256,
                                small,
                                new MACSigner(
                                        small.toJSONString().getBytes(StandardCharsets.UTF_8)))))
            assertThat(told(judge(proof))).as(proof).isEqualTo("ALGORITHM");
    }

    @Test
    void es256NeedsAKeyForIt() throws Exception {
        var rsa = new RSAKeyGenerator(2048).generate();
        var signer = new ECDSASigner(key(Curve.P_256));
        for (var jwk : List.of(rsa.toPublicJWK(), key(Curve.P_384).toPublicJWK()))
            assertThat(told(judge(signed(JWSAlgorithm.ES256, jwk, signer)))).isEqualTo("SIGNATURE");
    }

    private static String encoded(String json) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    /// With a signature that would be right.
    private static String withHeader(String header, ECKey key) throws Exception {
        var input = encoded(header) + "." + encoded(claims().toString());
        var signature =
                new ECDSASigner(key)
                        .sign(
                                new JWSHeader(JWSAlgorithm.ES256),
                                input.getBytes(StandardCharsets.UTF_8));
        return input + "." + signature;
    }

    @Test
    void aPrivateKeyInTheHeaderIsRefused() throws Exception {
        var key = key(Curve.P_256);
        var header = "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":%s}";
        assertThat(told(judge(withHeader(header.formatted(key.toPublicJWK()), key))))
                .isEqualTo("sound");
        assertThat(told(judge(withHeader(header.formatted(key), key)))).isEqualTo("MALFORMED");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\"}",
                "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"kid\":\"1\",\"jku\":\"https://evil.example/\"}",
                "{\"typ\":\"dpop+jwt\",\"alg\":\"none\",\"jwk\":JWK}",
                "{\"typ\":\"dpop+jwt\",\"jwk\":JWK}",
                "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}}",
                "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}}",
                "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":\"JWK\"}",
                "[]",
                ""
            })
    void whatHasNoPublicKeyOrNoAlgorithmIsNoProof(String header) throws Exception {
        var key = key(Curve.P_256);
        var jwk = key.toPublicJWK().toString();
        assertThat(told(judge(withHeader(header.replace(":JWK", ":" + jwk), key))))
                .isEqualTo("MALFORMED");
    }

    /// RFC 7515 §4.1.11: nobody here understands an extension.
    @Test
    void aCriticalExtensionIsRefused() throws Exception {
        var key = key(Curve.P_256);
        var header =
                "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"crit\":[\"exp\"],\"exp\":1,\"jwk\":%s}"
                        .formatted(key.toPublicJWK());
        assertThat(told(judge(withHeader(header, key)))).isEqualTo("SIGNATURE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a.b.c", "e30.e30.e30", "e30.e30.e30.e30.e30", "é", ","})
    void whatIsNoJwsIsNoProof(String text) {
        assertThat(told(judge(text))).isEqualTo("MALFORMED");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"htm\":1}",
                "{\"htu\":[]}",
                "{\"iat\":\"now\"}",
                "{\"jti\":{}}",
                "{\"nonce\":true}"
            })
    void aClaimOfAnotherTypeIsNoProof(String claims) throws Exception {
        var key = key(Curve.P_256);
        var header =
                "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":%s}".formatted(key.toPublicJWK());
        assertThat(Proof.parse(encoded(header) + "." + encoded(claims) + ".AAAA")).isEmpty();
    }

    @Test
    void twoHeadersAreOneTooMany() throws Exception {
        var key = key(Curve.P_256);
        var proof = signed(JWSAlgorithm.ES256, key.toPublicJWK(), new ECDSASigner(key));
        assertThat(told(judge(proof, proof))).isEqualTo("TWICE");
        assertThat(told(judge(proof + "," + proof))).isEqualTo("MALFORMED");
        assertThat(told(judge(proof + ", " + proof))).isEqualTo("MALFORMED");
    }

    @Test
    void aProofHasAtMost4096Characters() {
        assertThat(told(judge("x".repeat(4096)))).isEqualTo("MALFORMED");
        assertThat(told(judge("x".repeat(4097)))).isEqualTo("OVERSIZED");
    }
}
