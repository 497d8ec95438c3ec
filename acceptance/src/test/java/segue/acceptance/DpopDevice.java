package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import segue.demo.wire.Answer;
import segue.demo.wire.Wire;
import segue.domain.secret.Secret;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;

/// A device with a key, and the nonce that it was last given.
final class DpopDevice {
    static final Proofs NO_PROOF = List::of;
    private static final String URN = "urn:localhost:session_transfer";
    private static final String REALM = "http://auth0.com/oauth/grant-type/password-realm";

    /// What stands in the `DPoP` header fields of a request.
    interface Proofs {
        List<String> fields();
    }

    private final URI node;
    private final String client;
    private final ECKey key;
    private String nonce = "";

    DpopDevice(URI node, String client, ECKey key) {
        this.node = node;
        this.client = client;
        this.key = key;
    }

    /// The same device where it asks another node.
    DpopDevice at(URI other) {
        var there = new DpopDevice(other, client, key);
        there.nonce = nonce;
        return there;
    }

    /// As the first try of every client does.
    DpopDevice fetchNonce() {
        assertRefused(token(Map.of("grant_type", REALM), proving()), 400, "use_dpop_nonce");
        return this;
    }

    private JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .claim("htm", "POST")
                .claim("htu", node + "oauth/token")
                .issueTime(Date.from(Instant.now()))
                .jwtID(UUID.randomUUID().toString())
                .claim("nonce", nonce);
    }

    String proof() {
        return proof(it -> it);
    }

    String proof(UnaryOperator<JWTClaimsSet.Builder> change) {
        return signed("dpop+jwt", JWSAlgorithm.ES256, key.toPublicJWK(), signer(), change);
    }

    String signed(
            String type,
            JWSAlgorithm algorithm,
            JWK jwk,
            JWSSigner signer,
            UnaryOperator<JWTClaimsSet.Builder> change) {
        var header =
                new JWSHeader.Builder(algorithm).type(new JOSEObjectType(type)).jwk(jwk).build();
        var jwt = new SignedJWT(header, change.apply(claims()).build());
        try {
            jwt.sign(signer);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        return jwt.serialize();
    }

    JWSSigner signer() {
        try {
            return new ECDSASigner(key);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Signed by hand, as no library would.
    String withHeader(String header) {
        var input = encoded(header) + "." + encoded(claims().build().toString());
        try {
            var signature =
                    signer().sign(
                                    new JWSHeader(JWSAlgorithm.ES256),
                                    input.getBytes(StandardCharsets.UTF_8));
            return input + "." + signature;
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    Proofs proving() {
        return () -> List.of(proof());
    }

    /// A proof for the use of an access token.
    String proofFor(String method, URI uri, String accessToken) {
        return proof(
                it ->
                        it.claim("htm", method)
                                .claim("htu", uri.toString())
                                .claim("ath", hash(accessToken)));
    }

    static String hash(String accessToken) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(new Secret(accessToken).hash().bytes());
    }

    /// Uses an access token, and keeps the nonce of the answer.
    Answer use(URI uri, String scheme, String accessToken, Proofs proofs) {
        var request =
                HttpRequest.newBuilder(uri)
                        .header("Authorization", scheme + " " + accessToken)
                        .header("Origin", "https://spa.example");
        proofs.fields().forEach(it -> request.header("DPoP", it));
        var answer = Wire.answer(KinScene.wire().send(request));
        answer.headers().firstValue("DPoP-Nonce").ifPresent(it -> nonce = it);
        return answer;
    }

    /// The same device where it has lost the nonce.
    DpopDevice forgetful() {
        return new DpopDevice(node, client, key);
    }

    /// Posts a form, and keeps the nonce of the answer.
    Answer post(URI uri, Map<String, String> fields, Proofs proofs) {
        var answer = send(uri, fields, proofs.fields());
        answer.headers().firstValue("DPoP-Nonce").ifPresent(it -> nonce = it);
        return answer;
    }

    /// As its owner does.
    Answer use(URI uri, String accessToken) {
        return use(uri, "DPoP", accessToken, () -> List.of(proofFor("GET", uri, accessToken)));
    }

    ECKey key() {
        return key;
    }

    /// Its key, as `jkt`.
    String thumbprint() {
        try {
            return key.computeThumbprint().toString();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Asks, and keeps the nonce of the answer.
    Answer token(Map<String, String> fields, Proofs proofs) {
        var all = new LinkedHashMap<>(fields);
        all.putIfAbsent("client_id", client);
        return post(node.resolve("oauth/token"), all, proofs);
    }

    Answer refresh(String refreshToken, Proofs proofs) {
        return token(Map.of("grant_type", "refresh_token", "refresh_token", refreshToken), proofs);
    }

    Answer exchange(String refreshToken, Proofs proofs) {
        return token(
                Map.of(
                        "grant_type",
                        "refresh_token",
                        "refresh_token",
                        refreshToken,
                        "audience",
                        URN),
                proofs);
    }

    static Answer send(URI endpoint, Map<String, String> fields, List<String> proofs) {
        var request =
                HttpRequest.newBuilder(endpoint)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .header("Origin", "https://spa.example")
                        .POST(HttpRequest.BodyPublishers.ofString(Wire.form(fields)));
        proofs.forEach(it -> request.header("DPoP", it));
        return Wire.answer(KinScene.wire().send(request));
    }

    static ECKey newKey() {
        try {
            return new ECKeyGenerator(Curve.P_256).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    static String encoded(String json) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    static Answer issued(Answer answer) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer;
    }

    static void assertRefused(Answer answer, int status, String error) {
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(status);
        assertThat(answer.text("error")).isEqualTo(error);
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        // With it the client can make the proof that is missing.
        assertThat(answer.headers().firstValue("DPoP-Nonce")).isPresent();
    }
}
