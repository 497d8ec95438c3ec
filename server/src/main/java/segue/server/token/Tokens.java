package segue.server.token;

import segue.domain.authentication.Authentication;
import segue.domain.client.Client;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.resource.ResourceServer;
import segue.domain.resource.ResourceServer.TokenDialect;
import segue.domain.secret.Secret;
import segue.domain.secret.SecretHash;
import segue.domain.session.Session;
import segue.domain.token.AccessTokenRecord;
import segue.domain.token.AuthorizationCode;
import segue.domain.token.TokenTerms;
import segue.server.jwt.Jwts;
import segue.server.jwt.Jwts.Signature;
import segue.server.oauth.Callers;
import segue.server.oauth.Registry;
import segue.server.oauth.Scopes;
import segue.server.oauth.Terms;
import segue.server.profile.Claims;
import segue.server.secret.Mint;
import segue.storage.jdbc.UserTable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Makes ID tokens and access tokens (contract authentication-api §8). Nothing here touches the
/// database under a lock: what was granted is already committed when it is signed.
public final class Tokens {
    /// Of an opaque access token.
    private static final Duration OPAQUE_LIFETIME = Duration.ofDays(1);

    private final Jwts jwts;
    private final Registry registry;
    private final Terms terms;
    private final Mint mint;

    public Tokens(Jwts jwts, Registry registry, Mint mint) {
        this.jwts = jwts;
        this.registry = registry;
        this.terms = new Terms(registry);
        this.mint = mint;
    }

    /// What a user granted a client.
    ///
    /// @param issuer under the name of the request
    /// @param scope as granted now
    /// @param terms what Actions decided
    /// @param grantType the `gty` of the access token, absent for the code grant
    /// @param nonce of the authorization request
    /// @param tellsAuthTime whether the ID token says when the user signed in
    public record Granted(
            String issuer,
            UserId user,
            String scope,
            Optional<String> audience,
            Optional<OrganizationId> organization,
            Optional<SessionId> session,
            Optional<String> requestedClaims,
            TokenTerms terms,
            Authentication authentication,
            Optional<String> grantType,
            Optional<String> nonce,
            boolean tellsAuthTime) {
        /// What a browser's session granted at `/authorize`.
        public static Granted of(String issuer, AuthorizationCode code, Session session) {
            return new Granted(
                    issuer,
                    code.user(),
                    code.request().scope(),
                    code.request().audience(),
                    code.request().organization(),
                    Optional.of(session.id()),
                    code.request().requestedClaims(),
                    code.terms(),
                    session.authentication(),
                    Optional.empty(),
                    code.request().nonce(),
                    code.request().tellsAuthTime());
        }
    }

    /// How long an access token lives: as long as its API says, or a day.
    Duration lifetime(Optional<String> audience) {
        return audience.flatMap(registry::api)
                .map(api -> api.server().tokenLifetime())
                .orElse(OPAQUE_LIFETIME);
    }

    /// The fields of a token response for a user; empty if the user is gone or blocked by now.
    ///
    /// @param opaque the access token to answer if there is no API; if there is one, what the
    ///   server keeps of its token stands under the hash of this
    Optional<Map<String, Object>> issue(
            Granted granted,
            Callers.Identified.Known client,
            Secret opaque,
            Optional<Secret> refreshToken) {
        return registry.activeUser(granted.user())
                .flatMap(profile -> issue(granted, profile, client, opaque, refreshToken));
    }

    /// The same for a user whose profile is known; empty if the API is gone by now.
    Optional<Map<String, Object>> issue(
            Granted granted,
            UserTable.Profile profile,
            Callers.Identified.Known client,
            Secret opaque,
            Optional<Secret> refreshToken) {
        var fields = new LinkedHashMap<String, Object>();
        var api = granted.audience().flatMap(registry::api);
        if (granted.audience().isPresent() && api.isEmpty()) return Optional.empty();
        fields.put(
                "access_token",
                api.map(it -> accessToken(it, granted, client, opaque.hash()))
                        .orElseGet(opaque::reveal));
        refreshToken.ifPresent(token -> fields.put("refresh_token", token.reveal()));
        // OIDC Core §12.2: a client may compare the ID token of a refresh, which tells `auth_time`,
        // with the first one. What is told then is told from the beginning.
        var tellsAuthTime = granted.tellsAuthTime() || refreshToken.isPresent();
        idToken(granted, client.client(), client.secret(), profile, tellsAuthTime)
                .ifPresent(token -> fields.put("id_token", token));
        fields.put("scope", granted.scope());
        fields.put("expires_in", lifetime(granted.audience()).toSeconds());
        fields.put("token_type", type(client));
        return Optional.of(fields);
    }

    /// The ID token for what was granted, if `openid` was.
    Optional<String> idToken(
            Granted granted, UserTable.Profile profile, Callers.Identified.Known client) {
        return idToken(granted, client.client(), client.secret(), profile, granted.tellsAuthTime());
    }

    /// The ID token for what was granted, if `openid` was; empty too if the user is gone or
    /// blocked.
    ///
    /// @param secret of the client, which signs what it asked to have signed by HS256
    public Optional<String> idToken(Granted granted, Client client, Secret secret) {
        return registry.activeUser(granted.user())
                .flatMap(
                        profile ->
                                idToken(granted, client, secret, profile, granted.tellsAuthTime()));
    }

    private Optional<String> idToken(
            Granted granted,
            Client client,
            Secret secret,
            UserTable.Profile profile,
            boolean tellsAuthTime) {
        if (!Scopes.has(granted.scope(), "openid")) return Optional.empty();
        var claims =
                new LinkedHashMap<>(
                        Claims.of(
                                profile,
                                granted.scope(),
                                granted.requestedClaims(),
                                Claims.Target.ID_TOKEN));
        Claims.inTerms(terms.areStrict(Optional.of(client)), claims, profile);
        claims.putAll(Claims.custom(granted.terms().idTokenClaims(), granted.scope()));
        claims.put("iss", granted.issuer());
        claims.put("sub", granted.user().value());
        claims.put("aud", client.id().value());
        putTimes(claims, client.idTokenLifetime());
        granted.session().ifPresent(session -> claims.put("sid", session.value()));
        granted.nonce().ifPresent(nonce -> claims.put("nonce", nonce));
        if (tellsAuthTime) claims.put("auth_time", Jwts.seconds(granted.authentication().at()));
        putOrganization(claims, granted.organization());
        var signature = Signature.with(client.idTokenAlgorithm(), Optional.of(secret));
        return Optional.of(jwts.sign(claims, "JWT", signature));
    }

    /// Contract §8.2, both profiles.
    private String accessToken(
            Registry.Api api, Granted granted, Callers.Identified.Known client, SecretHash kept) {
        var server = api.server();
        var claims = new LinkedHashMap<String, Object>();
        claims.put("iss", granted.issuer());
        claims.put("sub", granted.user().value());
        claims.put(
                "aud",
                Scopes.has(granted.scope(), "openid")
                        ? List.of(server.identifier(), granted.issuer() + "userinfo")
                        : server.identifier());
        claims.put("scope", granted.scope());
        putOrganization(claims, granted.organization());
        Claims.custom(granted.terms().accessTokenClaims()).forEach(claims::putIfAbsent);
        if (AccessTokenRecord.isKept(
                granted.audience(),
                granted.scope(),
                granted.requestedClaims(),
                granted.terms().idTokenClaims())) claims.put("jti", Jwts.identifier(kept));
        return accessToken(api, claims, client, granted.grantType());
    }

    /// The `token_type` of an access token of ours: whoever proved possession of a key gets one
    /// that is worth nothing without it (RFC 9449 §5).
    static String type(Callers.Identified.Known client) {
        return client.key().isPresent() ? "DPoP" : "Bearer";
    }

    /// An access token of a client for itself.
    ///
    /// @param scope empty if nothing is granted
    String clientToken(
            Registry.Api api,
            String issuer,
            Callers.Identified.Known client,
            String scope,
            Optional<OrganizationId> organization) {
        var claims = new LinkedHashMap<String, Object>();
        claims.put("iss", issuer);
        claims.put("sub", client.client().id().value() + "@clients");
        claims.put("aud", api.server().identifier());
        if (!scope.isEmpty()) claims.put("scope", scope);
        putOrganization(claims, organization);
        return accessToken(api, claims, client, Optional.of("client-credentials"));
    }

    private String accessToken(
            Registry.Api api,
            Map<String, Object> claims,
            Callers.Identified.Known client,
            Optional<String> grantType) {
        var server = api.server();
        putTimes(claims, server.tokenLifetime());
        var isStandard = isStandard(server.dialect());
        claims.put(isStandard ? "client_id" : "azp", client.client().id().value());
        // RFC 9449 §6.1.
        client.key().ifPresent(key -> claims.put("cnf", Map.of("jkt", key.value())));
        if (isStandard) claims.putIfAbsent("jti", mint.hexadecimal());
        else grantType.ifPresent(type -> claims.put("gty", type));
        if (hasPermissions(server)) claims.put("permissions", new ArrayList<String>());
        return jwts.sign(
                claims,
                isStandard ? "at+jwt" : "JWT",
                Signature.with(server.signingAlgorithm(), api.secret()));
    }

    private void putTimes(Map<String, Object> claims, Duration lifetime) {
        var now = jwts.now();
        claims.put("iat", Jwts.seconds(now));
        claims.put("exp", Jwts.seconds(now.plus(lifetime)));
    }

    private static boolean isStandard(TokenDialect dialect) {
        return dialect == TokenDialect.RFC9068_PROFILE
                || dialect == TokenDialect.RFC9068_PROFILE_AUTHZ;
    }

    private static boolean hasPermissions(ResourceServer server) {
        var tells =
                server.dialect() == TokenDialect.ACCESS_TOKEN_AUTHZ
                        || server.dialect() == TokenDialect.RFC9068_PROFILE_AUTHZ;
        return tells && server.enforcesPermissions();
    }

    private void putOrganization(
            Map<String, Object> claims, Optional<OrganizationId> organization) {
        organization.ifPresent(
                id -> {
                    claims.put("org_id", id.value());
                    if (registry.tenant().organizationNames())
                        registry.organization(id)
                                .ifPresent(found -> claims.put("org_name", found.name()));
                });
    }
}
