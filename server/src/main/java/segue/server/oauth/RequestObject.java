package segue.server.oauth;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import segue.domain.client.Client;
import segue.server.http.Parameters;
import segue.server.oauth.OAuthError.Code;

import java.text.ParseException;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// An authorization request by value, as a JWT that its client signed (RFC 9101, OpenID Connect
/// Core §6.1).
public final class RequestObject {
    /// One by RS256 with a key of 4096 bits and generous claims has about 4000; one that is longer
    /// costs us no signature (THREATS I10).
    private static final int MOST_CHARACTERS = 8192;

    /// RFC 9101 §10.8: what older libraries say, and what can't be mistaken for anything else.
    private static final Set<JOSEObjectType> TYPES =
            Set.of(JOSEObjectType.JWT, new JOSEObjectType("oauth-authz-req+jwt"));

    /// Claims of the JWT itself (RFC 7519 §4.1).
    private static final Set<String> OF_JWT =
            Set.of("iss", "sub", "aud", "exp", "nbf", "iat", "jti");

    private RequestObject() {}

    /// What became of it.
    public sealed interface Opened {
        /// @param parameters of the request: those that were signed, and no others
        record Signed(Parameters parameters) implements Opened {}

        record Refused(OAuthError error) implements Opened {}
    }

    /// Opens what was sent as `request`. Whatever costs little comes before the signature.
    ///
    /// @param client which sent it, as it says beside it
    /// @param issuer as the client knows us
    public static Opened open(String text, Registry.Registered client, String issuer, Instant now) {
        if (client.requestKeys().isEmpty())
            return new Opened.Refused(
                    OAuthError.of(
                            Code.REQUEST_NOT_SUPPORTED,
                            "The client has registered no key for the request parameter"));
        if (text.length() > MOST_CHARACTERS) return refused(RequestFlaw.OVERSIZED);
        try {
            var jwt = SignedJWT.parse(text);
            var flaw = flaw(jwt, jwt.getJWTClaimsSet(), client.client(), issuer, now);
            if (flaw.isPresent()) return refused(flaw.get());
            var parameters = parameters(jwt.getPayload().toJSONObject());
            if (parameters.isEmpty()) return refused(RequestFlaw.PARAMETER);
            return ClientKey.anySigned(client.requestKeys(), jwt, now)
                    ? new Opened.Signed(parameters.get())
                    : refused(RequestFlaw.SIGNATURE);
        } catch (ParseException | IllegalArgumentException e) {
            return refused(RequestFlaw.MALFORMED);
        }
    }

    private static Opened refused(RequestFlaw flaw) {
        return new Opened.Refused(flaw.error());
    }

    private static Optional<RequestFlaw> flaw(
            SignedJWT jwt, JWTClaimsSet claims, Client client, String issuer, Instant now)
            throws ParseException {
        var algorithm = jwt.getHeader().getAlgorithm();
        if (!isForHere(jwt.getHeader())) return Optional.of(RequestFlaw.HEADER);
        if (!ClientAssertion.ASYMMETRIC.contains(algorithm))
            return Optional.of(RequestFlaw.ALGORITHM);
        if (client.isFapi() && !ClientAssertion.OF_FAPI.contains(algorithm))
            return Optional.of(RequestFlaw.FAPI_ALGORITHM);
        var id = client.id().value();
        // RFC 9101 §6.3.
        if (!id.equals(claims.getStringClaim("client_id"))) return Optional.of(RequestFlaw.CLIENT);
        if (claims.getIssuer() != null && !id.equals(claims.getIssuer()))
            return Optional.of(RequestFlaw.ISSUER);
        if (!claims.getAudience().isEmpty() && !claims.getAudience().contains(issuer))
            return Optional.of(RequestFlaw.AUDIENCE);
        // RFC 9101 §10.8: a browser carries it, and it must not be good as a client assertion.
        if (id.equals(claims.getSubject())) return Optional.of(RequestFlaw.SUBJECT);
        if (isPast(claims, now)) return Optional.of(RequestFlaw.EXPIRED);
        if (ClientAssertion.isAhead(claims.getNotBeforeTime(), now))
            return Optional.of(RequestFlaw.FUTURE);
        // RFC 9101 §4.
        return claims.getClaims().containsKey("request")
                        || claims.getClaims().containsKey("request_uri")
                ? Optional.of(RequestFlaw.NESTED)
                : Optional.empty();
    }

    private static boolean isForHere(JWSHeader header) {
        return (header.getType() == null || TYPES.contains(header.getType()))
                && (header.getCriticalParams() == null || header.getCriticalParams().isEmpty());
    }

    private static boolean isPast(JWTClaimsSet claims, Instant now) {
        return Optional.ofNullable(claims.getExpirationTime())
                .map(Date::toInstant)
                .filter(end -> !end.isAfter(now.minus(ClientAssertion.SKEW)))
                .isPresent();
    }

    /// RFC 9101 §4: texts, whole numbers, and for `claims` an object. Empty if one that we read is
    /// of another type, or a text has something hidden in it.
    private static Optional<Parameters> parameters(Map<String, Object> claims) {
        var values = new LinkedHashMap<String, String>();
        for (var claim : claims.entrySet()) {
            var name = claim.getKey();
            if (OF_JWT.contains(name) || claim.getValue() == null) continue;
            var text = text(claim.getValue());
            if (text.isPresent() && Parameters.isText(name + text.get()))
                values.put(name, text.get());
            else if (text.isPresent() || Body.KNOWN.contains(name)) return Optional.empty();
        }
        return Optional.of(Parameters.of(values));
    }

    private static Optional<String> text(Object value) {
        return switch (value) {
            case String text -> Optional.of(text);
            case Long number -> Optional.of(number.toString());
            case Map<?, ?> object -> Optional.of(json(object));
            default -> Optional.empty();
        };
    }

    private static String json(Map<?, ?> object) {
        var members = new LinkedHashMap<String, Object>();
        object.forEach((name, value) -> members.put(name.toString(), value));
        return JSONObjectUtils.toJSONString(members);
    }
}
