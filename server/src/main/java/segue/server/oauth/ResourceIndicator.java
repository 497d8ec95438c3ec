package segue.server.oauth;

import segue.domain.tenant.TenantSettings;
import segue.server.http.Parameters;
import segue.server.oauth.OAuthError.Code;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.function.Predicate;

/// The parameter `resource` (RFC 8707 §2), which names an API like `audience`, where the tenant's
/// `resource_parameter_profile` lets it (contract authentication-api §3.1). Elsewhere it means
/// nothing.
public final class ResourceIndicator {
    /// Its name.
    static final String NAME = "resource";

    private ResourceIndicator() {}

    /// What became of reading it.
    public sealed interface Read {
        /// @param parameters with `audience` in its place
        record Understood(Parameters parameters) implements Read {}

        record Refused(OAuthError error) implements Read {}
    }

    /// Reads it at an endpoint where a client asks for tokens directly.
    public static Read read(Parameters parameters, Registry registry, Domains domains) {
        return read(
                parameters,
                registry.tenant(),
                it ->
                        domains.isUserinfo(it)
                                || (!Domains.looksLikeTransfer(it)
                                        && registry.api(domains.canonicalAudience(it))
                                                .isPresent()));
    }

    /// Reads it.
    ///
    /// @param isKnown whether a token can be for an audience
    public static Read read(
            Parameters parameters, TenantSettings tenant, Predicate<String> isKnown) {
        var resource = parameters.one(NAME);
        if (!tenant.takesResource() || resource.isEmpty()) return new Read.Understood(parameters);
        // RFC 8707 §2 lets there be several; a token of ours is for one API.
        if (parameters.all(NAME).size() > 1) return refused("Only one resource can be asked for");
        if (!isAbsolute(resource.get()))
            return refused("resource must be an absolute URI without a fragment");
        var audience = parameters.one("audience");
        if (audience.isPresent() && !audience.equals(resource))
            return refused("audience and resource name different APIs");
        return isKnown.test(resource.get())
                ? new Read.Understood(parameters.without(NAME).with("audience", resource.get()))
                : refused("Service not found: " + resource.get());
    }

    private static boolean isAbsolute(String text) {
        try {
            var uri = new URI(text);
            return uri.isAbsolute() && uri.getRawFragment() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static Read refused(String description) {
        return new Read.Refused(OAuthError.of(Code.INVALID_TARGET, description));
    }
}
