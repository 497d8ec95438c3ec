package segue.server.token;

import segue.domain.client.OrganizationUsage;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.secret.Secret;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;
import segue.server.oauth.Scopes;
import segue.server.password.PasswordLane;
import segue.server.postlogin.Occasion;
import segue.server.postlogin.PostLogin;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.storage.SignIns;

import java.util.Optional;
import java.util.function.Function;

/// `password` and `password-realm` (contract authentication-api §4.8).
final class PasswordGrant implements Grant {
    private static final OAuthError WRONG =
            OAuthError.of(Code.INVALID_GRANT, "Wrong email or password.");

    private final SignIns signIns;
    private final PasswordLane passwords;
    private final Tokens tokens;
    private final Registry registry;
    private final Domains domains;
    private final Mint mint;
    private final int attempts;
    private final boolean namesRealm;
    private final PostLogin postLogin;

    /// @param namesRealm whether the request names its connection (`password-realm`)
    PasswordGrant(
            SignIns signIns,
            PasswordLane passwords,
            Tokens tokens,
            Registry registry,
            Domains domains,
            Mint mint,
            int attempts,
            boolean namesRealm,
            PostLogin postLogin) {
        this.signIns = signIns;
        this.passwords = passwords;
        this.tokens = tokens;
        this.registry = registry;
        this.domains = domains;
        this.mint = mint;
        this.attempts = attempts;
        this.namesRealm = namesRealm;
        this.postLogin = postLogin;
    }

    /// What is asked for, once it is understood.
    private record Wanted(
            Optional<Registry.Api> api,
            Scopes.Granted.Allowed scope,
            Optional<OrganizationId> organization) {}

    @Override
    public Answer answer(Request request, Parameters parameters, Callers.Identified.Known client) {
        for (var name :
                namesRealm
                        ? new String[] {"username", "password", "realm"}
                        : new String[] {"username", "password"})
            if (parameters.one(name).isEmpty()) return new Answer.Refused(OAuthError.missing(name));
        var realm = namesRealm ? parameters.one("realm") : registry.tenant().defaultDirectory();
        if (realm.isEmpty())
            return refused(
                    Code.INVALID_REQUEST,
                    "Authorization server not configured with default connection.");
        var connection = registry.connection(realm.get());
        if (connection.isEmpty()) return refused(Code.INVALID_REQUEST, "unknown or invalid realm");
        return wanted(
                parameters,
                client,
                wanted -> verify(request, parameters, client, connection.get(), wanted));
    }

    private Answer wanted(
            Parameters parameters, Callers.Identified.Known client, Function<Wanted, Answer> then) {
        var named = parameters.one("audience").or(() -> registry.tenant().defaultAudience());
        var audience =
                named.filter(text -> !domains.isUserinfo(text)).map(domains::canonicalAudience);
        if (audience.filter(Domains::looksLikeTransfer).isPresent())
            return new Answer.Refused(OAuthError.serviceNotFound(audience.get()));
        var api = audience.flatMap(registry::api);
        if (audience.isPresent() && api.isEmpty())
            return new Answer.Refused(OAuthError.serviceNotFound(audience.get()));
        var userGrant = audience.flatMap(it -> registry.granted(client.client().id(), it, "user"));
        var asked = parameters.one("organization");
        if (asked.isPresent() && client.client().organizationUsage() == OrganizationUsage.DENY)
            return refused(
                    Code.INVALID_REQUEST, "parameter organization is not allowed for this client");
        if (asked.isEmpty() && client.client().organizationUsage() == OrganizationUsage.REQUIRE)
            return refused(
                    Code.INVALID_REQUEST, "parameter organization is required for this client");
        var organization = asked.flatMap(registry::organization).map(Registry.Organization::id);
        if (asked.isPresent() && organization.isEmpty())
            return refused(Code.INVALID_REQUEST, "invalid organization");
        return switch (Scopes.of(
                parameters.one("scope").orElse(""),
                client.client(),
                api.map(Registry.Api::server),
                userGrant)) {
            case Scopes.Granted.Denied(var error) -> new Answer.Refused(error);
            case Scopes.Granted.Allowed allowed ->
                    then.apply(new Wanted(api, allowed, organization));
        };
    }

    private Answer verify(
            Request request,
            Parameters parameters,
            Callers.Identified.Known client,
            ConnectionId connection,
            Wanted wanted) {
        var username = parameters.one("username").orElseThrow().strip();
        var password = new Secret(parameters.one("password").orElseThrow());
        var attempt = signIns.attempt(connection, username, client.origin(), attempts);
        if (attempt.backoff().isPresent())
            return new Answer.Refused(
                    OAuthError.tooMany(
                            Code.TOO_MANY_ATTEMPTS,
                            "Your account has been blocked after multiple consecutive login"
                                    + " attempts.",
                            attempt.backoff().get()));
        var candidate = attempt.candidate();
        return switch (passwords.verify(password, candidate.flatMap(it -> it.passwordHash()))) {
            case BUSY -> refused(Code.TEMPORARILY_UNAVAILABLE, "Try again.");
            case WRONG -> {
                signIns.failed(
                        "fepft",
                        client.caller(),
                        connection,
                        candidate.map(it -> it.user()),
                        "Wrong email or password.",
                        client.origin());
                yield new Answer.Refused(WRONG);
            }
            case RIGHT -> {
                var user = candidate.orElseThrow();
                user.passwordHash()
                        .flatMap(hash -> passwords.renewed(password, hash))
                        .ifPresent(better -> signIns.rehash(user, better));
                yield grant(request, parameters, client, user.user(), wanted);
            }
        };
    }

    private Answer grant(
            Request request,
            Parameters parameters,
            Callers.Identified.Known client,
            UserId user,
            Wanted wanted) {
        var refreshToken = mint.secret(SecretType.REFRESH_TOKEN);
        var accessToken = mint.secret(SecretType.ACCESS_TOKEN);
        var audience = wanted.api().map(api -> api.server().identifier());
        var command =
                new SignIns.PasswordGrant(
                        user,
                        client.caller(),
                        wanted.organization(),
                        wanted.scope().scope(),
                        audience,
                        wanted.scope().offline(),
                        mint.family(),
                        refreshToken.hash(),
                        mint.grant(),
                        accessToken.hash(),
                        Tokens.OPAQUE_LIFETIME,
                        postLogin.policy(registry.tenant()),
                        client.origin());
        var granted = heard(signIns.grant(command), command, request, parameters, client);
        return switch (granted) {
            case SignIns.Granted.Asking _ ->
                    throw new IllegalStateException("Actions haven't been heard");
            case SignIns.Granted.Denied(var error, var description) ->
                    new Answer.Refused(OAuthError.byAction(error, description));
            case SignIns.Granted.Blocked _ -> refused(Code.UNAUTHORIZED, "user is blocked");
            case SignIns.Granted.ConnectionDisabled _ ->
                    refused(Code.INVALID_REQUEST, "the connection is not enabled for the client");
            case SignIns.Granted.NotAMember _ ->
                    refused(
                            Code.ACCESS_DENIED,
                            "user "
                                    + user.value()
                                    + " is not part of the "
                                    + wanted.organization().orElseThrow().value()
                                    + " organization");
            case SignIns.Granted.Issued(var authentication, var scope, var terms) ->
                    tokens.issue(
                                    new Tokens.Granted(
                                            domains.issuer(request.host()),
                                            user,
                                            scope,
                                            audience,
                                            wanted.organization(),
                                            Optional.empty(),
                                            Optional.empty(),
                                            terms,
                                            authentication,
                                            Optional.of("password"),
                                            Optional.empty(),
                                            false),
                                    client,
                                    accessToken,
                                    wanted.scope().offline() && Scopes.has(scope, "offline_access")
                                            ? Optional.of(refreshToken)
                                            : Optional.empty())
                            .<Answer>map(Answer.Issued::new)
                            .orElseGet(() -> refused(Code.UNAUTHORIZED, "user is blocked"));
        };
    }

    /// What comes of it once Actions have been heard, if they must be.
    private SignIns.Granted heard(
            SignIns.Granted outcome,
            SignIns.PasswordGrant command,
            Request request,
            Parameters parameters,
            Callers.Identified.Known client) {
        if (!(outcome instanceof SignIns.Granted.Asking(var scene))) return outcome;
        var occasion =
                new Occasion(
                        request,
                        client.origin().device(),
                        client.client(),
                        Occasion.PASSWORD,
                        parameters,
                        command.scope(),
                        command.organization(),
                        command.audience(),
                        command.audience().filter(domains.managementAudience()::equals).isPresent(),
                        true);
        return signIns.grant(command.heard(postLogin.hear(scene, occasion)));
    }

    private static Answer refused(Code code, String description) {
        return new Answer.Refused(OAuthError.of(code, description));
    }
}
