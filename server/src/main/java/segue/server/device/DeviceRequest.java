package segue.server.device;

import segue.domain.client.Client;
import segue.domain.client.OrganizationUsage;
import segue.server.http.Parameters;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;
import segue.server.oauth.ResourceIndicator;
import segue.server.oauth.Wanted;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/// What a device asks for (RFC 8628 §3.1), understood when it asks, and again when its user answers
/// and when what was configured may have changed.
///
/// @param client that asks
/// @param wanted the API, and what of its scopes a user can grant the client
public record DeviceRequest(Client client, Wanted wanted) {
    /// Its grant type at `/oauth/token`.
    public static final String GRANT = "urn:ietf:params:oauth:grant-type:device_code";

    private static final String ERROR_URI = "https://auth0.com/docs/clients/client-grant-types";

    /// What became of reading it.
    public sealed interface Read {
        record Understood(DeviceRequest request) implements Read {}

        record Refused(OAuthError error) implements Read {}
    }

    /// Reads it.
    public static Read read(
            Parameters parameters, Client client, Registry registry, Domains domains) {
        var problem = problem(client);
        if (problem.isPresent()) return new Read.Refused(problem.get());
        return switch (ResourceIndicator.read(parameters, registry, domains)) {
            case ResourceIndicator.Read.Refused(var error) -> new Read.Refused(error);
            case ResourceIndicator.Read.Understood(var understood) ->
                    Wanted.of(
                            understood,
                            client,
                            registry,
                            domains,
                            it -> new Read.Understood(new DeviceRequest(client, it)),
                            Read.Refused::new);
        };
    }

    private static Optional<OAuthError> problem(Client client) {
        if (!client.mayUse(GRANT))
            return Optional.of(
                    OAuthError.explained(
                            Code.UNAUTHORIZED_CLIENT,
                            "Grant type '" + GRANT + "' not allowed for the client.",
                            ERROR_URI));
        // Nothing in the contract lets a device name an organization.
        return client.organizationUsage() == OrganizationUsage.REQUIRE
                ? Optional.of(
                        OAuthError.of(
                                Code.INVALID_REQUEST,
                                "parameter organization is required for this client"))
                : Optional.empty();
    }

    /// What is kept of the parameters: what a user grants by, and nothing that would change how
    /// they sign in.
    static Parameters kept(Client client, Parameters sent) {
        var kept = new LinkedHashMap<String, String>();
        kept.put("client_id", client.id().value());
        for (var name : List.of("scope", "audience", "resource"))
            sent.one(name).ifPresent(value -> kept.put(name, value));
        return Parameters.of(kept);
    }
}
