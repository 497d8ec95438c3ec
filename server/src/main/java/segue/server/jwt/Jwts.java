package segue.server.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import segue.domain.secret.Secret;
import segue.server.keys.SigningKeys;

import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Signs and verifies. The algorithm of an incoming token is pinned, and keys come from our own
/// ring by `kid`; `jku`, `x5u` and `jwk` headers are never looked at (THREATS T-44).
public final class Jwts {
    private static final Set<String> ACCESS_TOKEN_TYPES = Set.of("JWT", "at+jwt");

    private final SigningKeys keys;
    private final Clock clock;

    public Jwts(SigningKeys keys, Clock clock) {
        this.keys = keys;
        this.clock = clock;
    }

    /// How a token is signed.
    public sealed interface Signature {
        /// With the tenant's key: RS256, or PS256.
        record Ours(JWSAlgorithm algorithm) implements Signature {}

        /// HS256 with a secret that the reader shares.
        record Shared(Secret secret) implements Signature {}
    }

    /// Why a token isn't accepted.
    public enum Flaw {
        MALFORMED,
        SIGNATURE,
        EXPIRED,
        AUDIENCE
    }

    /// What a presented token says.
    public sealed interface Verified {
        /// Its signature is ours, and it is for the audience that was asked for.
        record Valid(JWTClaimsSet claims) implements Verified {}

        record Invalid(Flaw flaw) implements Verified {}
    }

    /// Signs claims.
    ///
    /// @param type the header's `typ`
    public String sign(Map<String, Object> claims, String type, Signature signature) {
        var set = new JWTClaimsSet.Builder();
        claims.forEach(set::claim);
        try {
            return switch (signature) {
                case Signature.Ours(var algorithm) -> {
                    var signing = keys.signing(algorithm);
                    var jwt = new SignedJWT(signing.header(type), set.build());
                    jwt.sign(signing.signer());
                    yield jwt.serialize();
                }
                case Signature.Shared(var secret) -> {
                    var header =
                            new JWSHeader.Builder(JWSAlgorithm.HS256)
                                    .type(new JOSEObjectType(type))
                                    .build();
                    var jwt = new SignedJWT(header, set.build());
                    jwt.sign(new MACSigner(secret.reveal().getBytes(StandardCharsets.UTF_8)));
                    yield jwt.serialize();
                }
            };
        } catch (JOSEException e) {
            throw new IllegalStateException("a key of ours can't sign", e);
        }
    }

    /// Verifies an access token of ours.
    ///
    /// @param issuers the issuer under each of our names
    /// @param audiences one of them must be in `aud`
    public Verified accessToken(String text, Set<String> issuers, Set<String> audiences) {
        return verified(text, ACCESS_TOKEN_TYPES, Optional.empty(), issuers)
                .map(claims -> inTimeFor(claims, audiences))
                .orElse(new Verified.Invalid(flawOf(text)));
    }

    /// Verifies an ID token that comes back as a hint: it may have expired.
    ///
    /// @param secret of the client, if its ID tokens are signed with HS256
    public Optional<JWTClaimsSet> idTokenHint(
            String text, Set<String> issuers, Optional<Secret> secret) {
        return verified(text, Set.of("JWT"), secret, issuers);
    }

    /// The `aud` of a token that nobody has verified: good for finding the client whose secret
    /// verifies it.
    public static Optional<String> unverifiedAudience(String text) {
        try {
            return SignedJWT.parse(text).getJWTClaimsSet().getAudience().stream().findFirst();
        } catch (ParseException e) {
            return Optional.empty();
        }
    }

    private Verified inTimeFor(JWTClaimsSet claims, Set<String> audiences) {
        var expiry = claims.getExpirationTime();
        if (expiry == null || !clock.instant().isBefore(expiry.toInstant()))
            return new Verified.Invalid(Flaw.EXPIRED);
        if (claims.getAudience().stream().noneMatch(audiences::contains))
            return new Verified.Invalid(Flaw.AUDIENCE);
        return new Verified.Valid(claims);
    }

    private static Flaw flawOf(String text) {
        try {
            SignedJWT.parse(text);
            return Flaw.SIGNATURE;
        } catch (ParseException e) {
            return Flaw.MALFORMED;
        }
    }

    private Optional<JWTClaimsSet> verified(
            String text, Set<String> types, Optional<Secret> secret, Set<String> issuers) {
        try {
            var jwt = SignedJWT.parse(text);
            var header = jwt.getHeader();
            var type = header.getType();
            if (type == null || !types.contains(type.getType())) return Optional.empty();
            if (!hasOurSignature(jwt, header, secret)) return Optional.empty();
            var claims = jwt.getJWTClaimsSet();
            var issuer = claims.getIssuer();
            return issuer != null && issuers.contains(issuer)
                    ? Optional.of(claims)
                    : Optional.empty();
        } catch (ParseException e) {
            return Optional.empty();
        }
    }

    private boolean hasOurSignature(SignedJWT jwt, JWSHeader header, Optional<Secret> secret) {
        try {
            if (header.getAlgorithm().equals(JWSAlgorithm.HS256))
                return secret.isPresent()
                        && jwt.verify(
                                new MACVerifier(
                                        secret.get().reveal().getBytes(StandardCharsets.UTF_8)));
            var isPinned =
                    header.getAlgorithm().equals(JWSAlgorithm.RS256)
                            || header.getAlgorithm().equals(JWSAlgorithm.PS256);
            if (!isPinned || header.getKeyID() == null) return false;
            var key = keys.verifying(header.getKeyID());
            return key.isPresent() && jwt.verify(key.get());
        } catch (JOSEException e) {
            return false;
        }
    }

    /// Seconds since the epoch, as JWT claims count.
    public static long seconds(Instant instant) {
        return instant.getEpochSecond();
    }

    /// The node's time, for `iat`.
    public Instant now() {
        return clock.instant();
    }

    /// `exp` for a lifetime that begins now.
    public long expiry(Duration lifetime) {
        return seconds(now().plus(lifetime));
    }
}
