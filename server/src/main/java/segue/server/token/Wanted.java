package segue.server.token;

import segue.server.http.Parameters;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.Registry;
import segue.server.oauth.Scopes;

import java.util.Optional;
import java.util.function.Function;

/// What a request to the token endpoint asks for on behalf of a user, once it is understood.
///
/// @param api empty for a token that is for `/userinfo` only
record Wanted(Optional<Registry.Api> api, Scopes.Granted.Allowed scope) {
    /// Understands a request, or refuses it.
    static Answer of(
            Parameters parameters,
            Callers.Identified.Known client,
            Registry registry,
            Domains domains,
            Function<Wanted, Answer> then) {
        var named = parameters.one("audience").or(() -> registry.tenant().defaultAudience());
        var audience =
                named.filter(text -> !domains.isUserinfo(text)).map(domains::canonicalAudience);
        if (audience.filter(Domains::looksLikeTransfer).isPresent())
            return new Answer.Refused(OAuthError.serviceNotFound(audience.get()));
        var api = audience.flatMap(registry::api);
        if (audience.isPresent() && api.isEmpty())
            return new Answer.Refused(OAuthError.serviceNotFound(audience.get()));
        var userGrant = audience.flatMap(it -> registry.granted(client.client().id(), it, "user"));
        return switch (Scopes.of(
                parameters.one("scope").orElse(""),
                client.client(),
                api.map(Registry.Api::server),
                userGrant)) {
            case Scopes.Granted.Denied(var error) -> new Answer.Refused(error);
            case Scopes.Granted.Allowed allowed -> then.apply(new Wanted(api, allowed));
        };
    }

    /// The API's identifier.
    Optional<String> audience() {
        return api.map(it -> it.server().identifier());
    }
}
