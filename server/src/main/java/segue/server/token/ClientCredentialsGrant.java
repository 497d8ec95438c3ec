package segue.server.token;

import segue.domain.resource.ResourceServer.AccessPolicy;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;
import segue.server.oauth.Scopes;
import segue.storage.SignIns;

import java.util.LinkedHashMap;
import java.util.Optional;

/// `client_credentials` (contract authentication-api §4.6).
final class ClientCredentialsGrant implements Grant {
    private final SignIns signIns;
    private final Tokens tokens;
    private final Registry registry;
    private final Domains domains;

    ClientCredentialsGrant(SignIns signIns, Tokens tokens, Registry registry, Domains domains) {
        this.signIns = signIns;
        this.tokens = tokens;
        this.registry = registry;
        this.domains = domains;
    }

    @Override
    public Answer answer(Request request, Parameters parameters, Callers.Identified.Known client) {
        if (!client.isAuthenticated()) return refused(Code.CLIENT_DENIED, "Unauthorized");
        var asked = parameters.one("audience").or(() -> registry.tenant().defaultAudience());
        if (asked.isEmpty())
            return refused(
                    Code.ACCESS_DENIED, "Non-global clients are not allowed access to APIv1");
        var api =
                Domains.looksLikeTransfer(asked.get())
                        ? Optional.<Registry.Api>empty()
                        : registry.api(domains.canonicalAudience(asked.get()));
        if (api.isEmpty()) return new Answer.Refused(OAuthError.serviceNotFound(asked.get()));
        var server = api.get().server();
        var granted = registry.granted(client.client().id(), server.identifier(), "client");
        if (granted.isEmpty() || server.clientPolicy() == AccessPolicy.DENY_ALL)
            return refused(
                    Code.ACCESS_DENIED,
                    "Client is not authorized to access \""
                            + asked.get()
                            + "\". You need to create a \"client-grant\""
                            + " associated to this API. See:"
                            + " https://auth0.com/docs/api/v2#!/Client_Grants/post_client_grants");
        var all = granted.get().stream().sorted().toList();
        var scope = Scopes.narrowed(parameters.one("scope"), String.join(" ", all));
        var fields = new LinkedHashMap<String, Object>();
        fields.put(
                "access_token",
                tokens.clientToken(
                        api.get(),
                        domains.issuer(request.host()),
                        client.client(),
                        scope,
                        Optional.empty()));
        if (!scope.isEmpty()) fields.put("scope", scope);
        fields.put("expires_in", server.tokenLifetime().toSeconds());
        fields.put("token_type", "Bearer");
        signIns.recordClientToken(client.caller(), server.identifier(), scope, client.origin());
        return new Answer.Issued(fields);
    }

    private static Answer refused(Code code, String description) {
        return new Answer.Refused(OAuthError.of(code, description));
    }
}
