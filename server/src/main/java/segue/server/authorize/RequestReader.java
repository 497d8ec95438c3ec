package segue.server.authorize;

import segue.domain.authorize.Interaction;
import segue.domain.identifier.UserId;
import segue.server.authorize.AuthorizeRequest.Parsed;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.jwt.Jwts;
import segue.server.oauth.Domains;
import segue.server.oauth.Registry;

import java.util.Optional;

/// Understands authorization requests, whichever way they come: plainly, pushed, or from where they
/// waited. One that was understood is understood anew when it goes on, since what it names may have
/// changed.
public final class RequestReader {
    private final Domains domains;
    private final Registry registry;
    private final Jwts jwts;

    public RequestReader(Domains domains, Registry registry, Jwts jwts) {
        this.domains = domains;
        this.registry = registry;
        this.jwts = jwts;
    }

    /// Understands them.
    ///
    /// @param request which brought them; its host decides the issuer
    Parsed read(Parameters parameters, Request request) {
        return AuthorizeRequest.parse(
                parameters,
                domains.issuer(request.host()),
                registry,
                new AuthorizeRequest.Audiences() {
                    @Override
                    public Optional<Registry.Api> find(String audience) {
                        // A session transfer token is never an access token (contract native-to-web
                        // §3.1).
                        return Domains.looksLikeTransfer(audience)
                                ? Optional.empty()
                                : registry.api(domains.canonicalAudience(audience));
                    }

                    @Override
                    public boolean isUserinfo(String audience) {
                        return domains.isUserinfo(audience);
                    }
                },
                this::hintedUser);
    }

    /// Understands one that waited, a client's or a device's.
    Parsed read(Interaction waiting, Request request) {
        var parameters = Parameters.parse(waiting.request()).orElseThrow();
        return waiting.device()
                .map(device -> AuthorizeRequest.parse(parameters, device, registry, domains))
                .orElseGet(() -> read(parameters, request));
    }

    private Optional<UserId> hintedUser(String idToken) {
        return jwts.idTokenHint(idToken, domains.issuers(), registry::sharedSecret)
                .map(Jwts.IdTokenHint::user);
    }
}
