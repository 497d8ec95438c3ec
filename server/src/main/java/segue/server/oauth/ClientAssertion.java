package segue.server.oauth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import org.jspecify.annotations.Nullable;

import segue.domain.identifier.ClientId;
import segue.domain.secret.Secret;
import segue.domain.secret.SecretHash;
import segue.server.http.Parameters;

import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A JWT by which a client proves who it is, as far as that can be told without knowing the client
/// (RFC 7523 §3, OpenID Connect Core §9). It vouches for nothing until its signature is verified.
///
/// @param client who signed it, as it says
/// @param expiresAt `exp`
/// @param id `jti`
/// @param isForIssuer whether `aud` is the issuer as a string, and nothing else
record ClientAssertion(
        SignedJWT jwt, ClientId client, Instant expiresAt, String id, boolean isForIssuer) {

    /// `client_assertion_type`.
    static final String TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    /// Those that a key may sign by (contract authentication-api §4.1).
    static final List<JWSAlgorithm> ASYMMETRIC =
            List.of(
                    JWSAlgorithm.RS256,
                    JWSAlgorithm.RS384,
                    JWSAlgorithm.PS256,
                    JWSAlgorithm.ES256,
                    JWSAlgorithm.EdDSA);

    /// The one that a secret signs by.
    static final JWSAlgorithm SYMMETRIC = JWSAlgorithm.HS256;

    /// FAPI 2.0 Security Profile §5.4.1.
    static final Set<JWSAlgorithm> OF_FAPI =
            Set.of(JWSAlgorithm.PS256, JWSAlgorithm.ES256, JWSAlgorithm.EdDSA);

    /// How far ahead `exp` may lie (THREATS R19.2).
    private static final Duration LONGEST_LIFE = Duration.ofMinutes(5);

    /// How far the clock of a client may be from ours.
    static final Duration SKEW = Duration.ofSeconds(10);

    /// Clocks of the nodes and of the database may differ by some seconds.
    private static final Duration REMEMBERED_BEYOND = SKEW.plusSeconds(60);

    /// One by RS256 with a key of 4096 bits and a certificate in its header has about 4000.
    private static final int MOST_CHARACTERS = 8192;

    private static final int LONGEST_ID = 255;

    /// RFC 7519 §5.1, and what the revision of RFC 7523 gives to client assertions.
    private static final Set<JOSEObjectType> TYPES =
            Set.of(JOSEObjectType.JWT, new JOSEObjectType("client-authentication+jwt"));

    /// What is thought of it.
    sealed interface Read {
        /// It would do, if the client that it names has signed it.
        record Plausible(ClientAssertion assertion) implements Read {}

        record Flawed(AssertionFlaw flaw) implements Read {}
    }

    /// Reads what was sent as `client_assertion`.
    ///
    /// @param named `client_id`, if it was sent too
    /// @param issuer as the client knows us
    static Read read(String text, Optional<String> named, String issuer, Instant now) {
        if (text.length() > MOST_CHARACTERS) return new Read.Flawed(AssertionFlaw.OVERSIZED);
        try {
            var jwt = SignedJWT.parse(text);
            return judged(jwt, jwt.getJWTClaimsSet(), named, issuer, now);
        } catch (ParseException | IllegalArgumentException e) {
            return new Read.Flawed(AssertionFlaw.MALFORMED);
        }
    }

    private static Read judged(
            SignedJWT jwt,
            JWTClaimsSet claims,
            Optional<String> named,
            String issuer,
            Instant now) {
        if (!isForHere(jwt.getHeader())) return new Read.Flawed(AssertionFlaw.HEADER);
        var algorithm = jwt.getHeader().getAlgorithm();
        if (!ASYMMETRIC.contains(algorithm) && !SYMMETRIC.equals(algorithm))
            return new Read.Flawed(AssertionFlaw.ALGORITHM);
        var client = client(claims, named);
        if (client.isEmpty()) return new Read.Flawed(AssertionFlaw.CLIENT);
        if (!isForUs(claims.getAudience(), issuer)) return new Read.Flawed(AssertionFlaw.AUDIENCE);
        var expiry = Optional.ofNullable(claims.getExpirationTime()).map(Date::toInstant);
        if (expiry.filter(at -> isSoon(at, now)).isEmpty())
            return new Read.Flawed(AssertionFlaw.EXPIRY);
        if (isAhead(claims.getIssueTime(), now) || isAhead(claims.getNotBeforeTime(), now))
            return new Read.Flawed(AssertionFlaw.FUTURE);
        var id = Optional.ofNullable(claims.getJWTID());
        if (id.filter(it -> !it.isEmpty() && it.length() <= LONGEST_ID).isEmpty())
            return new Read.Flawed(AssertionFlaw.ID);
        // The library makes a list of a string, and FAPI wants to know.
        var audience = jwt.getPayload().toJSONObject().get("aud");
        return new Read.Plausible(
                new ClientAssertion(
                        jwt, client.get(), expiry.get(), id.get(), issuer.equals(audience)));
    }

    /// A JWT of another purpose, signed by the same key, isn't one (THREATS R44.1).
    private static boolean isForHere(JWSHeader header) {
        return (header.getType() == null || TYPES.contains(header.getType()))
                && (header.getCriticalParams() == null || header.getCriticalParams().isEmpty());
    }

    /// RFC 7521 §4.2: a `client_id` beside it must name the same client.
    private static Optional<ClientId> client(JWTClaimsSet claims, Optional<String> named) {
        var subject = Optional.ofNullable(claims.getSubject());
        return subject.filter(it -> !it.isEmpty() && Parameters.isText(it))
                .filter(it -> it.equals(claims.getIssuer()))
                .filter(it -> named.isEmpty() || named.equals(subject))
                .map(ClientId::new);
    }

    /// RFC 7523 §3 asks that `aud` identifies us. One that names somebody else beside us could be
    /// replayed by them here, so that each of several must be a name of ours.
    private static boolean isForUs(List<String> audience, String issuer) {
        // RFC 9126 §2 adds the endpoint for pushed requests.
        var ours = Set.of(issuer, issuer + "oauth/token", issuer + "oauth/par");
        return !audience.isEmpty() && ours.containsAll(audience);
    }

    private static boolean isSoon(Instant expiry, Instant now) {
        return expiry.isAfter(now.minus(SKEW))
                && !expiry.isAfter(now.plus(LONGEST_LIFE).plus(SKEW));
    }

    /// Whether a time that was told lies in the future, for whatever clock.
    static boolean isAhead(@Nullable Date at, Instant now) {
        return at != null && at.toInstant().isAfter(now.plus(SKEW));
    }

    /// Whether it says that a secret signed it.
    boolean isBySecret() {
        return SYMMETRIC.equals(jwt.getHeader().getAlgorithm());
    }

    /// Whether a secret signed it (OpenID Connect Core §9, `client_secret_jwt`).
    boolean isSignedBy(Secret secret) {
        if (!isBySecret()) return false;
        try {
            return jwt.verify(new MACVerifier(secret.reveal().getBytes(StandardCharsets.UTF_8)));
        } catch (JOSEException secretTooShort) {
            return false;
        }
    }

    /// Whether one of these keys signed it.
    boolean isSignedBy(List<ClientKey> keys, Instant now) {
        return ClientKey.anySigned(keys, jwt, now);
    }

    /// What FAPI doesn't let pass, of one that is otherwise right.
    Optional<AssertionFlaw> flawOfFapi() {
        if (!OF_FAPI.contains(jwt.getHeader().getAlgorithm()))
            return Optional.of(AssertionFlaw.FAPI_ALGORITHM);
        return isForIssuer ? Optional.empty() : Optional.of(AssertionFlaw.FAPI_AUDIENCE);
    }

    /// What makes it this one, apart from every proof of possession: no thumbprint has a space.
    SecretHash once() {
        return new Secret("assertion " + client.value() + "\0" + id).hash();
    }

    /// How long somebody might still send it again.
    Duration remembered(Instant now) {
        return Duration.between(now, expiresAt).plus(REMEMBERED_BEYOND);
    }
}
