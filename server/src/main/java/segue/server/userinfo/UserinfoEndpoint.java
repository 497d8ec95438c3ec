package segue.server.userinfo;

import com.nimbusds.jwt.JWTClaimsSet;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.UserId;
import segue.domain.token.AccessTokenRecord;
import segue.domain.token.KeyThumbprint;
import segue.server.dpop.DpopProofs;
import segue.server.dpop.PresentedToken;
import segue.server.dpop.PresentedToken.Scheme;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.jwt.Jwts;
import segue.server.oauth.Cors;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.RateLimit;
import segue.server.oauth.Registry;
import segue.server.oauth.Scopes;
import segue.server.oauth.Terms;
import segue.server.profile.Claims;
import segue.server.secret.SecretType;
import segue.storage.AccessTokens;
import segue.storage.Backoff;
import segue.storage.jdbc.UserTable;

import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;

/// Answers with the claims that an access token allows, opaque or JWT. A JWT lives to its end, but
/// not for a user who is blocked or gone (promise P2).
public final class UserinfoEndpoint {
    private static final JsonMapper JSON = new JsonMapper();

    private final AccessTokens accessTokens;
    private final Registry registry;
    private final Domains domains;
    private final Jwts jwts;
    private final DpopProofs proofs;
    private final Terms terms;
    private final Cors cors;
    private final RateLimit limit;

    /// @param limit for each user, and for each address that brings no valid token
    public UserinfoEndpoint(
            AccessTokens accessTokens,
            Registry registry,
            Domains domains,
            Jwts jwts,
            DpopProofs proofs,
            RateLimit limit) {
        this.accessTokens = accessTokens;
        this.registry = registry;
        this.domains = domains;
        this.jwts = jwts;
        this.proofs = proofs;
        this.terms = new Terms(registry);
        this.cors = new Cors(registry);
        this.limit = limit;
    }

    /// A token that is good.
    private record Known(
            UserId user,
            ClientId client,
            String scope,
            Optional<String> requestedClaims,
            SortedMap<String, String> customClaims,
            Optional<KeyThumbprint> boundTo) {}

    /// Answers.
    public Response handle(Request request) {
        var token = PresentedToken.of(request);
        var known = token.flatMap(it -> known(it.text()));
        var counted =
                limit.count(
                        known.map(it -> "user " + it.user().value())
                                .orElseGet(() -> "address " + request.client()));
        var answer =
                counted.isTooMany() ? tooMany(counted) : counted.on(answer(request, token, known));
        return cors.readable(request, known.map(Known::client), answer);
    }

    private Response answer(
            Request request, Optional<PresentedToken> token, Optional<Known> known) {
        if (token.isEmpty()) return missing();
        if (known.isEmpty()) return invalid(token.get());
        var answer =
                switch (proofs.use(request, token.get(), known.get().boundTo())) {
                    case DpopProofs.Use.Permitted _ ->
                            claims(known.get()).orElseGet(() -> invalid(token.get()));
                    case DpopProofs.Use.Refused(var error) -> refused(token.get(), error);
                };
        return token.get().scheme() == Scheme.DPOP ? proofs.withNonce(answer) : answer;
    }

    private Response tooMany(RateLimit.Counted counted) {
        var backoff =
                new Backoff(counted.limit(), jwts.now(), Instant.ofEpochSecond(counted.reset()));
        return OAuthError.tooMany(Code.TOO_MANY_REQUESTS, "Global limit has been reached", backoff)
                .response();
    }

    /// RFC 6750 §3.1: without credentials, no error code in the challenge.
    private static Response missing() {
        return OAuthError.of(Code.INVALID_TOKEN, "Missing access token")
                .response()
                .withHeader("WWW-Authenticate", "Bearer");
    }

    private static Response invalid(PresentedToken token) {
        return refused(
                token,
                OAuthError.of(Code.INVALID_TOKEN, "The access token is invalid or has expired"));
    }

    private static Response refused(PresentedToken token, OAuthError error) {
        return error.response()
                .withHeader("WWW-Authenticate", token.scheme().challenge(error.error()));
    }

    private Optional<Known> known(String text) {
        var opaque = SecretType.ACCESS_TOKEN.parse(text);
        if (opaque.isPresent())
            return accessTokens
                    .find(opaque.get().hash())
                    .map(
                            token ->
                                    new Known(
                                            token.user(),
                                            token.client(),
                                            token.scope(),
                                            token.requestedClaims(),
                                            token.customClaims(),
                                            token.boundTo()));
        Set<String> audiences =
                domains.issuers().stream()
                        .map(issuer -> issuer + "userinfo")
                        .collect(Collectors.toSet());
        return switch (jwts.accessToken(text, domains.issuers(), audiences)) {
            case Jwts.Verified.Invalid _ -> Optional.empty();
            case Jwts.Verified.Valid(var claims) -> Optional.of(known(claims));
        };
    }

    private Known known(JWTClaimsSet token) {
        var kept = Jwts.kept(token).flatMap(accessTokens::find);
        return new Known(
                new UserId(token.getSubject()),
                Jwts.client(token),
                token.getClaim("scope") instanceof String scope ? scope : "",
                kept.flatMap(AccessTokenRecord::requestedClaims),
                kept.map(AccessTokenRecord::customClaims).orElseGet(Collections::emptySortedMap),
                Jwts.boundTo(token));
    }

    /// Empty without the scope `openid`, and for a user who is gone or blocked.
    private Optional<Response> claims(Known token) {
        return Scopes.has(token.scope(), "openid")
                ? registry.activeUser(token.user()).map(profile -> claims(token, profile))
                : Optional.empty();
    }

    private Response claims(Known token, UserTable.Profile profile) {
        var claims = new LinkedHashMap<String, Object>();
        claims.putAll(
                Claims.of(profile, token.scope(), token.requestedClaims(), Claims.Target.USERINFO));
        var client = registry.client(token.client()).map(Registry.Registered::client);
        Claims.inTerms(terms.areStrict(client), claims, profile);
        claims.putAll(Claims.custom(token.customClaims(), token.scope()));
        claims.putFirst("sub", token.user().value());
        return Response.json(200, JSON.writeValueAsString(claims));
    }
}
