package segue.server.introspect;

import com.nimbusds.jwt.JWTClaimsSet;

import segue.domain.client.Client;
import segue.domain.identifier.UserId;
import segue.domain.token.KeyThumbprint;
import segue.domain.token.TokenFamily;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.jwt.Jwts;
import segue.server.oauth.Body;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;
import segue.server.oauth.Terms;
import segue.server.secret.SecretType;
import segue.storage.Introspections;
import segue.storage.jdbc.AccessTokenTable;

import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Tells a confidential client whether a token is good now (RFC 7662).
///
/// A client may ask about what was issued to itself: its refresh tokens, and its access tokens,
/// opaque or JWT. A client that is an API (`resource_server_identifier`) may also ask about JWT
/// access tokens for that API, whoever has them. About everything else, what there isn't, and what
/// is no token of these kinds, such as a session transfer token (THREATS T-12), the answer is the
/// same: it isn't active.
///
/// A JWT lives to its end, but not for a user who is blocked or gone, nor after its client (promise
/// P2).
public final class IntrospectEndpoint {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String INACTIVE = "{\"active\":false}";

    private final Introspections introspections;
    private final Callers callers;
    private final Registry registry;
    private final Terms terms;
    private final Domains domains;
    private final Jwts jwts;

    public IntrospectEndpoint(
            Introspections introspections,
            Callers callers,
            Registry registry,
            Domains domains,
            Jwts jwts) {
        this.introspections = introspections;
        this.callers = callers;
        this.registry = registry;
        this.terms = new Terms(registry);
        this.domains = domains;
        this.jwts = jwts;
    }

    /// Answers.
    public Response handle(Request request) {
        return switch (Body.of(request)) {
            case Body.Malformed(var error) -> error.response();
            case Body.Read(var parameters) ->
                    switch (callers.identify(request, parameters)) {
                        case Callers.Identified.Unknown unknown -> unknown.response(terms);
                        case Callers.Identified.Known caller when !caller.isAuthenticated() ->
                                // RFC 7662 §2.1: so that nobody scans for tokens.
                                OAuthError.of(
                                                Code.INVALID_CLIENT,
                                                "Only a client that authenticates may introspect")
                                        .response();
                        case Callers.Identified.Known caller -> answer(request, parameters, caller);
                    };
        };
    }

    /// `token_type_hint` isn't needed: a token tells its type.
    private Response answer(
            Request request, Parameters parameters, Callers.Identified.Known caller) {
        var token = parameters.one("token");
        if (token.isEmpty()) return OAuthError.missing("token").response();
        var issuer = domains.issuer(request.host());
        return Response.json(
                200,
                Stream.of(
                                refreshToken(token.get(), caller, issuer),
                                opaque(token.get(), caller.client(), issuer),
                                jwt(token.get(), caller.client()))
                        .flatMap(Optional::stream)
                        .findFirst()
                        .map(JSON::writeValueAsString)
                        .orElse(INACTIVE));
    }

    /// It has no `token_type`, so that nobody takes it for an access token.
    private Optional<Map<String, Object>> refreshToken(
            String text, Callers.Identified.Known caller, String issuer) {
        return SecretType.REFRESH_TOKEN
                .parse(text)
                .flatMap(secret -> introspections.refreshToken(secret.hash(), caller.caller()))
                .map(
                        it -> {
                            var family = it.family();
                            var members = active(caller.client(), family.scope());
                            members.put("sub", family.user().value());
                            members.put("iss", issuer);
                            family.audience().ifPresent(api -> members.put("aud", api));
                            members.put("iat", it.issuedAt().getEpochSecond());
                            end(family).ifPresent(at -> members.put("exp", at.getEpochSecond()));
                            return members;
                        });
    }

    private static Optional<Instant> end(TokenFamily family) {
        return Stream.of(family.expiresAt(), family.idleExpiresAt())
                .flatMap(Optional::stream)
                .min(Instant::compareTo);
    }

    private Optional<Map<String, Object>> opaque(String text, Client caller, String issuer) {
        return SecretType.ACCESS_TOKEN
                .parse(text)
                .flatMap(secret -> introspections.accessToken(secret.hash()))
                .filter(issued -> issued.token().client().equals(caller.id()))
                .map(issued -> opaque(issued, caller, issuer));
    }

    /// It is for `/userinfo` and for nothing else (contract authentication-api §8.1).
    private static Map<String, Object> opaque(
            AccessTokenTable.Issued issued, Client caller, String issuer) {
        var token = issued.token();
        var members = active(caller, token.scope());
        members.put("token_type", tokenType(token.boundTo()));
        // RFC 9449 §6.2.
        token.boundTo().ifPresent(key -> members.put("cnf", Map.of("jkt", key.value())));
        members.put("sub", token.user().value());
        members.put("iss", issuer);
        members.put("aud", issuer + "userinfo");
        members.put("iat", issued.at().getEpochSecond());
        members.put("exp", token.expiresAt().getEpochSecond());
        return members;
    }

    /// RFC 9449 §6.2: it is of no use without its key.
    private static String tokenType(Optional<KeyThumbprint> boundTo) {
        return boundTo.isPresent() ? "DPoP" : "Bearer";
    }

    private static Map<String, Object> active(Client client, String scope) {
        var members = new LinkedHashMap<String, Object>();
        members.put("active", true);
        members.put("client_id", client.id().value());
        if (!scope.isEmpty()) members.put("scope", scope);
        return members;
    }

    /// All that the token itself says, so that an API that asks us knows no less than one that
    /// reads it: who acts for the user, what they are permitted, for which organization.
    private Optional<Map<String, Object>> jwt(String text, Client caller) {
        return switch (jwts.anyAccessToken(text, domains.issuers(), registry::sharedSecret)) {
            case Jwts.Verified.Valid(var claims)
                    when isBusinessOf(caller, claims) && isStanding(claims) -> {
                var members = new LinkedHashMap<>(claims.toJSONObject());
                members.put("client_id", Jwts.client(claims).value());
                members.put("token_type", tokenType(Jwts.boundTo(claims)));
                members.putFirst("active", true);
                yield Optional.of(members);
            }
            case Jwts.Verified.Valid _, Jwts.Verified.Invalid _ -> Optional.empty();
        };
    }

    private static boolean isBusinessOf(Client caller, JWTClaimsSet claims) {
        return Jwts.client(claims).equals(caller.id())
                || caller.resourceServer().filter(claims.getAudience()::contains).isPresent();
    }

    private boolean isStanding(JWTClaimsSet claims) {
        return registry.client(Jwts.client(claims)).isPresent()
                && (Jwts.actingClient(claims).isPresent()
                        || registry.activeUser(new UserId(claims.getSubject())).isPresent());
    }
}
