package segue.server.userinfo;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.UserId;
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
    private final Cors cors;
    private final RateLimit limit;

    /// @param limit for each user, and for each address that brings no valid token
    public UserinfoEndpoint(
            AccessTokens accessTokens,
            Registry registry,
            Domains domains,
            Jwts jwts,
            RateLimit limit) {
        this.accessTokens = accessTokens;
        this.registry = registry;
        this.domains = domains;
        this.jwts = jwts;
        this.cors = new Cors(registry);
        this.limit = limit;
    }

    private record Bearer(
            UserId user,
            ClientId client,
            String scope,
            Optional<String> requestedClaims,
            SortedMap<String, String> customClaims) {}

    /// Answers.
    public Response handle(Request request) {
        var token =
                request.headers()
                        .first("Authorization")
                        .filter(
                                header ->
                                        header.regionMatches(
                                                true, 0, "Bearer ", 0, "Bearer ".length()))
                        .map(header -> header.substring("Bearer ".length()).strip());
        var bearer = token.flatMap(this::bearer);
        var counted =
                limit.count(
                        bearer.map(it -> "user " + it.user().value())
                                .orElseGet(() -> "address " + request.client()));
        var answer =
                counted.isTooMany()
                        ? tooMany(counted)
                        : counted.on(
                                token.isEmpty()
                                        ? missing()
                                        : bearer.flatMap(this::claims)
                                                .orElseGet(UserinfoEndpoint::invalid));
        return cors.readable(request, bearer.map(Bearer::client), answer);
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

    private static Response invalid() {
        return OAuthError.of(Code.INVALID_TOKEN, "The access token is invalid or has expired")
                .response()
                .withHeader("WWW-Authenticate", "Bearer error=\"invalid_token\"");
    }

    private Optional<Bearer> bearer(String text) {
        var opaque = SecretType.ACCESS_TOKEN.parse(text);
        if (opaque.isPresent())
            return accessTokens
                    .find(opaque.get().hash())
                    .map(
                            token ->
                                    new Bearer(
                                            token.user(),
                                            token.client(),
                                            token.scope(),
                                            token.requestedClaims(),
                                            token.customClaims()));
        Set<String> audiences =
                domains.issuers().stream()
                        .map(issuer -> issuer + "userinfo")
                        .collect(Collectors.toSet());
        return switch (jwts.accessToken(text, domains.issuers(), audiences)) {
            case Jwts.Verified.Invalid _ -> Optional.empty();
            case Jwts.Verified.Valid(var claims) ->
                    Optional.of(
                            new Bearer(
                                    new UserId(claims.getSubject()),
                                    Jwts.client(claims),
                                    claims.getClaim("scope") instanceof String scope ? scope : "",
                                    Optional.empty(),
                                    Collections.emptySortedMap()));
        };
    }

    /// Empty without the scope `openid`, and for a user who is gone or blocked.
    private Optional<Response> claims(Bearer bearer) {
        return Scopes.has(bearer.scope(), "openid")
                ? registry.activeUser(bearer.user()).map(profile -> claims(bearer, profile))
                : Optional.empty();
    }

    private static Response claims(Bearer bearer, UserTable.Profile profile) {
        var claims = new LinkedHashMap<String, Object>();
        claims.putAll(
                Claims.of(
                        profile, bearer.scope(), bearer.requestedClaims(), Claims.Target.USERINFO));
        claims.putAll(Claims.custom(bearer.customClaims(), bearer.scope()));
        claims.putFirst("sub", bearer.user().value());
        return Response.json(200, JSON.writeValueAsString(claims));
    }
}
