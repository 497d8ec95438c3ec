package segue.server.token;

import segue.domain.client.OrganizationUsage;
import segue.domain.identifier.OrganizationId;
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
        var granted = registry.grant(client.client().id(), server.identifier(), "client");
        if (granted.isEmpty() || server.clientPolicy() == AccessPolicy.DENY_ALL)
            return refused(
                    Code.ACCESS_DENIED,
                    "Client is not authorized to access \""
                            + asked.get()
                            + "\". You need to create a \"client-grant\""
                            + " associated to this API. See:"
                            + " https://auth0.com/docs/api/v2#!/Client_Grants/post_client_grants");
        return switch (organization(parameters.one("organization"), granted.get())) {
            case Chosen.Refused(var error) -> new Answer.Refused(error);
            case Chosen.Organization(var organization) ->
                    issue(request, parameters, client, api.get(), granted.get(), organization);
        };
    }

    /// For which organization the token is to be.
    private sealed interface Chosen {
        /// Empty for none.
        record Organization(Optional<OrganizationId> id) implements Chosen {}

        record Refused(OAuthError error) implements Chosen {}
    }

    /// Contract authentication-api §11. Grants can't be associated with single organizations yet,
    /// so that a grant is for any organization or for none.
    private Chosen organization(Optional<String> asked, Registry.ClientGrant grant) {
        if (asked.isEmpty())
            return grant.organizations() == OrganizationUsage.REQUIRE
                    ? refusal("parameter organization is required for this client")
                    : new Chosen.Organization(Optional.empty());
        if (grant.organizations() == OrganizationUsage.DENY)
            return refusal("parameter organization is not allowed for this client");
        var found = registry.organization(asked.get()).map(Registry.Organization::id);
        if (found.isEmpty()) return refusal("invalid organization");
        return grant.anyOrganization()
                ? new Chosen.Organization(found)
                : new Chosen.Refused(
                        OAuthError.of(
                                Code.ACCESS_DENIED,
                                "The client-grant is not associated with the organization "
                                        + found.get().value()));
    }

    private static Chosen refusal(String description) {
        return new Chosen.Refused(OAuthError.of(Code.INVALID_REQUEST, description));
    }

    private Answer issue(
            Request request,
            Parameters parameters,
            Callers.Identified.Known client,
            Registry.Api api,
            Registry.ClientGrant granted,
            Optional<OrganizationId> organization) {
        var server = api.server();
        var all = granted.scopes().stream().sorted().toList();
        var scope = Scopes.narrowed(parameters.one("scope"), String.join(" ", all));
        var fields = new LinkedHashMap<String, Object>();
        fields.put(
                "access_token",
                tokens.clientToken(
                        api, domains.issuer(request.host()), client, scope, organization));
        if (!scope.isEmpty()) fields.put("scope", scope);
        fields.put("expires_in", server.tokenLifetime().toSeconds());
        fields.put("token_type", Tokens.type(client));
        signIns.recordClientToken(client.caller(), server.identifier(), scope, client.origin());
        return new Answer.Issued(fields);
    }

    private static Answer refused(Code code, String description) {
        return new Answer.Refused(OAuthError.of(code, description));
    }
}
