package segue.server.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.UserId;
import segue.domain.keys.SigningAlgorithm;
import segue.domain.secret.Secret;
import segue.domain.secret.SecretHash;
import segue.domain.token.KeyThumbprint;
import segue.server.keys.SigningKeys;
import segue.server.trail.Step;
import segue.server.trail.Trail;

import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// Signs and verifies. The algorithm of an incoming token is pinned, and keys come from our own
/// ring by `kid`; `jku`, `x5u` and `jwk` headers are never looked at (THREATS T-44).
public final class Jwts {
    /// What tokens can be signed with: a key of the tenant's, or a secret.
    public static final List<String> ALGORITHMS =
            Stream.concat(
                            Arrays.stream(SigningAlgorithm.values()).map(SigningAlgorithm::name),
                            Stream.of("HS256"))
                    .toList();

    private final SigningKeys keys;
    private final Clock clock;

    public Jwts(SigningKeys keys, Clock clock) {
        this.keys = keys;
        this.clock = clock;
    }

    /// How a token is signed.
    public sealed interface Signature {
        /// With the tenant's key.
        record Ours(SigningAlgorithm algorithm) implements Signature {}

        /// HS256 with a secret that the reader shares.
        record Shared(Secret secret) implements Signature {}

        /// @param algorithm one of [#ALGORITHMS]
        /// @param secret what HS256 signs with; whoever chose HS256 has one
        static Signature with(String algorithm, Optional<Secret> secret) {
            return SigningAlgorithm.named(algorithm)
                    .<Signature>map(Ours::new)
                    .orElseGet(() -> new Shared(secret.orElseThrow()));
        }
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
        return Trail.step(Step.Kind.SIGN, () -> signed(claims, type, signature));
    }

    private String signed(Map<String, Object> claims, String type, Signature signature) {
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
                    jwt.sign(new MACSigner(key(secret)));
                    yield jwt.serialize();
                }
            };
        } catch (JOSEException e) {
            throw new IllegalStateException("a key of ours can't sign", e);
        }
    }

    /// Verifies an access token whatever it is for; the caller must look at its `aud`.
    ///
    /// @param sharedSecret of an API whose tokens are signed with HS256, and of no other
    public Verified anyAccessToken(
            String text, Set<String> issuers, Function<String, Optional<Secret>> sharedSecret) {
        var parsed = parsed(text);
        if (parsed.isEmpty()) return new Verified.Invalid(Flaw.MALFORMED);
        var token = parsed.get();
        var isSigned =
                token.algorithm().equals(JWSAlgorithm.HS256)
                        ? token.isFrom(issuers)
                                && token.claims().getAudience().stream()
                                        .flatMap(api -> sharedSecret.apply(api).stream())
                                        .anyMatch(secret -> isSigned(token, secret))
                        : isOurs(token, issuers);
        if (!isSigned || !isAccessToken(token)) return new Verified.Invalid(Flaw.SIGNATURE);
        return isLive(token)
                ? new Verified.Valid(token.claims())
                : new Verified.Invalid(Flaw.EXPIRED);
    }

    private boolean isLive(Unverified token) {
        var expiry = token.claims().getExpirationTime();
        return expiry != null && clock.instant().isBefore(expiry.toInstant());
    }

    /// Verifies an access token of ours. Those that an API's own secret signs (HS256) are not among
    /// them: whoever runs that API could make one.
    ///
    /// @param issuers the issuer under each of our names
    /// @param audiences one of them must be in `aud`
    public Verified accessToken(String text, Set<String> issuers, Set<String> audiences) {
        return switch (anyAccessToken(text, issuers, _ -> Optional.empty())) {
            case Verified.Valid(var claims)
                    when claims.getAudience().stream().noneMatch(audiences::contains) ->
                    new Verified.Invalid(Flaw.AUDIENCE);
            case Verified verified -> verified;
        };
    }

    /// The `jti` of an access token of which something is kept (contract authentication-api §5.2):
    /// it leads to what is kept, and is no secret.
    public static String identifier(SecretHash kept) {
        return Base64URL.encode(kept.bytes()).toString();
    }

    /// Where what is kept of an access token stands; empty if nothing is.
    public static Optional<SecretHash> kept(JWTClaimsSet accessToken) {
        return Optional.ofNullable(accessToken.getJWTID())
                .map(id -> Base64URL.from(id).decode())
                .filter(bytes -> bytes.length == 32)
                .map(SecretHash::new);
    }

    /// The client that an access token was given to for itself; empty if a user stands behind it
    /// (contract authentication-api §4.6).
    public static Optional<ClientId> actingClient(JWTClaimsSet accessToken) {
        return Optional.of(client(accessToken))
                .filter(client -> (client.value() + "@clients").equals(accessToken.getSubject()));
    }

    /// The client that a verified access token was given to: `azp`, or `client_id` in the profile
    /// of RFC 9068.
    public static ClientId client(JWTClaimsSet accessToken) {
        return Stream.of("azp", "client_id")
                .map(accessToken::getClaim)
                .filter(String.class::isInstance)
                .map(client -> new ClientId((String) client))
                .findFirst()
                .orElseThrow();
    }

    /// The key that a verified access token is bound to (RFC 9449 §6.1).
    public static Optional<KeyThumbprint> boundTo(JWTClaimsSet accessToken) {
        return accessToken.getClaim("cnf") instanceof Map<?, ?> confirmation
                        && confirmation.get("jkt") instanceof String thumbprint
                ? Optional.of(new KeyThumbprint(thumbprint))
                : Optional.empty();
    }

    /// The `aud` of a token that was refused, to say so.
    public static Optional<String> refusedAudience(String text) {
        return parsed(text).flatMap(it -> it.claims().getAudience().stream().findFirst());
    }

    /// What an ID token says that comes back as a hint.
    ///
    /// @param session `sid`
    public record IdTokenHint(UserId user, ClientId client, Optional<String> session) {}

    /// Verifies an ID token that comes back as a hint: it may have expired (OpenID Connect Core
    /// §3.1.2.1). An access token is no hint.
    ///
    /// @param sharedSecret of a client whose ID tokens are signed with HS256, and of no other: it
    ///   could make its own
    public Optional<IdTokenHint> idTokenHint(
            String text, Set<String> issuers, Function<ClientId, Optional<Secret>> sharedSecret) {
        return parsed(text)
                .filter(Jwts::isIdToken)
                .filter(
                        token ->
                                token.algorithm().equals(JWSAlgorithm.HS256)
                                        ? isShared(token, issuers, sharedSecret)
                                        : isOurs(token, issuers))
                .map(Jwts::hint);
    }

    private static ClientId clientOf(Unverified idToken) {
        return new ClientId(idToken.claims().getAudience().getFirst());
    }

    private static IdTokenHint hint(Unverified idToken) {
        var session = idToken.claims().getClaim("sid") instanceof String sid ? sid : "";
        return new IdTokenHint(
                new UserId(idToken.claims().getSubject()),
                clientOf(idToken),
                Optional.of(session).filter(sid -> !sid.isEmpty()));
    }

    /// A token that nobody has verified yet.
    private record Unverified(SignedJWT jwt, JWTClaimsSet claims) {
        JWSAlgorithm algorithm() {
            return jwt.getHeader().getAlgorithm();
        }

        boolean isTyped(String type) {
            var typed = jwt.getHeader().getType();
            return typed != null && typed.getType().equals(type);
        }

        boolean says(String claim) {
            return claims.getClaim(claim) instanceof String text && !text.isEmpty();
        }

        boolean isFrom(Set<String> issuers) {
            return claims.getClaim("iss") instanceof String issuer && issuers.contains(issuer);
        }
    }

    private static Optional<Unverified> parsed(String text) {
        try {
            var jwt = SignedJWT.parse(text);
            return Optional.of(new Unverified(jwt, jwt.getJWTClaimsSet()));
        } catch (ParseException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// Both kinds of token have the same `typ` in the default profile, so that what only one of
    /// them says tells them apart: an access token names its client beside its audience (contract
    /// authentication-api §8.2).
    private static boolean isAccessToken(Unverified token) {
        var names = token.isTyped("JWT") ? "azp" : "client_id";
        return (token.isTyped("JWT") || token.isTyped("at+jwt"))
                && token.says(names)
                && token.says("sub");
    }

    /// Its one audience is its client.
    private static boolean isIdToken(Unverified token) {
        var audience = token.claims().getAudience();
        return token.isTyped("JWT")
                && token.says("sub")
                && !token.says("azp")
                && audience.size() == 1
                && !audience.getFirst().isEmpty();
    }

    private boolean isOurs(Unverified token, Set<String> issuers) {
        var kid = token.jwt().getHeader().getKeyID();
        if (kid == null || !token.isFrom(issuers)) return false;
        // The algorithm is pinned before any key is looked for (THREATS R44.1).
        return SigningAlgorithm.named(token.algorithm().getName())
                .flatMap(algorithm -> keys.verifying(kid, algorithm))
                .filter(verifier -> isSigned(token, verifier))
                .isPresent();
    }

    private static boolean isShared(
            Unverified token,
            Set<String> issuers,
            Function<ClientId, Optional<Secret>> sharedSecret) {
        if (!token.isFrom(issuers)) return false;
        return sharedSecret
                .apply(clientOf(token))
                .filter(secret -> isSigned(token, secret))
                .isPresent();
    }

    private static boolean isSigned(Unverified token, Secret secret) {
        try {
            return isSigned(token, new MACVerifier(key(secret)));
        } catch (JOSEException secretTooShort) {
            return false;
        }
    }

    private static boolean isSigned(Unverified token, JWSVerifier verifier) {
        try {
            return token.jwt().verify(verifier);
        } catch (JOSEException e) {
            return false;
        }
    }

    private static byte[] key(Secret secret) {
        return secret.reveal().getBytes(StandardCharsets.UTF_8);
    }

    /// Seconds since the epoch, as JWT claims count.
    public static long seconds(Instant instant) {
        return instant.getEpochSecond();
    }

    /// The node's time, for `iat` and `exp`.
    public Instant now() {
        return clock.instant();
    }
}
