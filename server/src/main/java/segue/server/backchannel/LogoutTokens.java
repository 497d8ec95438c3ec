package segue.server.backchannel;

import segue.domain.logout.Notice;
import segue.server.jwt.Jwts;
import segue.server.jwt.Jwts.Signature;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/// Logout tokens (contract authentication-api §6.3; OpenID Connect Back-Channel Logout 1.0 §2.4).
public final class LogoutTokens {
    private static final Duration LIFETIME = Duration.ofMinutes(2);
    private static final String EVENT = "http://schemas.openid.net/event/backchannel-logout";

    private final Jwts jwts;
    private final Supplier<String> identifiers;

    /// @param identifiers unguessable values, one for each token
    public LogoutTokens(Jwts jwts, Supplier<String> identifiers) {
        this.jwts = jwts;
        this.identifiers = identifiers;
    }

    /// A fresh token, also for a second attempt: a client that has seen the first may refuse its
    /// `jti`. It is signed as the client's ID tokens are (§2.6).
    String sign(Notice notice, String issuer, Signature signature) {
        var now = jwts.now();
        var claims = new LinkedHashMap<String, Object>();
        claims.put("iss", issuer);
        claims.put("sub", notice.user().value());
        claims.put("aud", notice.client().value());
        claims.put("iat", Jwts.seconds(now));
        claims.put("exp", Jwts.seconds(now.plus(LIFETIME)));
        claims.put("jti", identifiers.get());
        claims.put("sid", notice.session().value());
        claims.put("trace_id", identifiers.get());
        claims.put("events", Map.of(EVENT, Map.of()));
        return jwts.sign(claims, "logout+jwt", signature);
    }
}
