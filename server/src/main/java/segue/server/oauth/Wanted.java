package segue.server.oauth;

import segue.domain.client.Client;
import segue.server.http.Parameters;

import java.util.Optional;
import java.util.function.Function;

/// What a request that isn't `/authorize` asks for on behalf of a user, once it is understood.
///
/// @param api empty for a token that is for `/userinfo` only
public record Wanted(Optional<Registry.Api> api, Scopes.Granted.Allowed scope) {
    /// Understands a request, or refuses it.
    public static <T> T of(
            Parameters parameters,
            Client client,
            Registry registry,
            Domains domains,
            Function<Wanted, T> then,
            Function<OAuthError, T> refused) {
        var named = parameters.one("audience").or(() -> registry.tenant().defaultAudience());
        var audience =
                named.filter(text -> !domains.isUserinfo(text)).map(domains::canonicalAudience);
        if (audience.filter(Domains::looksLikeTransfer).isPresent())
            return refused.apply(OAuthError.serviceNotFound(audience.get()));
        var api = audience.flatMap(registry::api);
        if (audience.isPresent() && api.isEmpty())
            return refused.apply(OAuthError.serviceNotFound(audience.get()));
        var userGrant = audience.flatMap(it -> registry.granted(client.id(), it, "user"));
        return switch (Scopes.of(
                parameters.one("scope").orElse(""),
                client,
                api.map(Registry.Api::server),
                userGrant)) {
            case Scopes.Granted.Denied(var error) -> refused.apply(error);
            case Scopes.Granted.Allowed allowed -> then.apply(new Wanted(api, allowed));
        };
    }

    /// The API's identifier.
    public Optional<String> audience() {
        return api.map(it -> it.server().identifier());
    }
}
