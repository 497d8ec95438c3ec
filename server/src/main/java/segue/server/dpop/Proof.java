package segue.server.dpop;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jwt.SignedJWT;

import segue.domain.token.KeyThumbprint;

import java.net.URI;
import java.net.URISyntaxException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// A proof of possession, as far as it could be read (RFC 9449 §4.2). It vouches for nothing until
/// it is judged.
///
/// @param type `typ`
/// @param algorithm `alg`
/// @param isSigned whether the key of its header signed it, by the one algorithm that we accept
/// @param key the thumbprint of that key
/// @param method `htm`
/// @param uri `htu`
/// @param id `jti`
/// @param tokenHash `ath`
record Proof(
        Optional<String> type,
        String algorithm,
        boolean isSigned,
        KeyThumbprint key,
        Optional<String> method,
        Optional<String> uri,
        Optional<Instant> issuedAt,
        Optional<String> id,
        Optional<String> nonce,
        Optional<String> tokenHash) {

    /// The one algorithm (contract authentication-api §2.1).
    static final JWSAlgorithm ALGORITHM = JWSAlgorithm.ES256;

    /// How far the clock of a client may be from ours. That a proof is fresh is shown by its nonce;
    /// the time that it tells itself only bounds what somebody prepares.
    static final Duration SKEW = Duration.ofSeconds(60);

    /// Of the header field. One by ES256 has about 700 characters.
    private static final int MOST_CHARACTERS = 4096;

    private static final int LONGEST_ID = 128;

    /// What a proof must be about.
    ///
    /// @param method of the request
    /// @param uri of the request, without query and fragment, by the name that we give ourselves
    /// @param tokenHash of the access token that is used, if one is
    record Target(String method, String uri, Optional<String> tokenHash) {}

    /// What is thought of it.
    sealed interface Verdict {
        /// Whoever sent it has the key. It may have been sent before.
        record Sound(Proof proof) implements Verdict {}

        record Flawed(Flaw flaw) implements Verdict {}
    }

    /// Judges what was sent as `DPoP` header fields, of which there is at least one (§4.3).
    ///
    /// @param nonces those that are valid
    static Verdict judge(List<String> sent, Target target, Set<String> nonces, Instant now) {
        if (sent.size() > 1) return new Verdict.Flawed(Flaw.TWICE);
        var text = sent.getFirst();
        if (text.length() > MOST_CHARACTERS) return new Verdict.Flawed(Flaw.OVERSIZED);
        return parse(text)
                .map(proof -> proof.judged(target, nonces, now))
                .orElseGet(() -> new Verdict.Flawed(Flaw.MALFORMED));
    }

    /// The algorithm comes before the signature, and the nonce last: a client that is told to use
    /// another one has nothing else to mend.
    Verdict judged(Target target, Set<String> nonces, Instant now) {
        if (!type.equals(Optional.of("dpop+jwt"))) return new Verdict.Flawed(Flaw.TYPE);
        if (!algorithm.equals(ALGORITHM.getName())) return new Verdict.Flawed(Flaw.ALGORITHM);
        if (!isSigned) return new Verdict.Flawed(Flaw.SIGNATURE);
        if (!method.equals(Optional.of(target.method()))) return new Verdict.Flawed(Flaw.METHOD);
        if (uri.filter(it -> isSame(it, target.uri())).isEmpty())
            return new Verdict.Flawed(Flaw.URI);
        if (issuedAt.filter(at -> isNear(at, now)).isEmpty()) return new Verdict.Flawed(Flaw.TIME);
        if (id.filter(it -> !it.isEmpty() && it.length() <= LONGEST_ID).isEmpty())
            return new Verdict.Flawed(Flaw.ID);
        if (target.tokenHash().isPresent() && !target.tokenHash().equals(tokenHash))
            return new Verdict.Flawed(Flaw.TOKEN);
        if (nonce.filter(nonces::contains).isEmpty()) return new Verdict.Flawed(Flaw.NONCE);
        return new Verdict.Sound(this);
    }

    private static boolean isNear(Instant at, Instant now) {
        return !at.isBefore(now.minus(SKEW)) && !at.isAfter(now.plus(SKEW));
    }

    /// Scheme and host without regard to case, a default port is none, and query and fragment don't
    /// count (§4.3, RFC 3986 §6.2.2 and §6.2.3).
    private static boolean isSame(String claimed, String ours) {
        return normal(claimed).isPresent() && normal(claimed).equals(normal(ours));
    }

    private static Optional<String> normal(String text) {
        try {
            var uri = new URI(text);
            if (uri.getScheme() == null || uri.getHost() == null || uri.getRawUserInfo() != null)
                return Optional.empty();
            var scheme = uri.getScheme().toLowerCase(Locale.ROOT);
            var isDefault = uri.getPort() == (scheme.equals("https") ? 443 : 80);
            var port = uri.getPort() < 0 || isDefault ? "" : ":" + uri.getPort();
            var host = uri.getHost().toLowerCase(Locale.ROOT);
            return Optional.of(scheme + "://" + host + port + uri.getRawPath());
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    /// Empty if it is no JWS, or has no public key in its header. Whatever else the header names,
    /// by `kid`, `jku` or `x5c`, is not looked at.
    static Optional<Proof> parse(String text) {
        try {
            var jwt = SignedJWT.parse(text);
            var header = jwt.getHeader();
            // A private key there is a parse error already (§4.3, point 7).
            var jwk = header.getJWK();
            if (jwk == null) return Optional.empty();
            var claims = jwt.getJWTClaimsSet();
            return Optional.of(
                    new Proof(
                            Optional.ofNullable(header.getType()).map(Object::toString),
                            header.getAlgorithm().getName(),
                            isSigned(jwt, jwk),
                            new KeyThumbprint(jwk.computeThumbprint().toString()),
                            Optional.ofNullable(claims.getStringClaim("htm")),
                            Optional.ofNullable(claims.getStringClaim("htu")),
                            Optional.ofNullable(claims.getIssueTime()).map(Date::toInstant),
                            Optional.ofNullable(claims.getJWTID()),
                            Optional.ofNullable(claims.getStringClaim("nonce")),
                            Optional.ofNullable(claims.getStringClaim("ath"))));
        } catch (ParseException | JOSEException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// The key is used with our algorithm or not at all (THREATS R44.1).
    private static boolean isSigned(SignedJWT jwt, JWK jwk) throws JOSEException {
        return ALGORITHM.equals(jwt.getHeader().getAlgorithm())
                && jwk instanceof ECKey key
                && Curve.P_256.equals(key.getCurve())
                && jwt.verify(new ECDSAVerifier(key));
    }
}
