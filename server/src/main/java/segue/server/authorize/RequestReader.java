package segue.server.authorize;

import segue.domain.authorize.Interaction;
import segue.domain.client.Client;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.UserId;
import segue.server.authorize.AuthorizeRequest.Parsed;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.jwt.Jwts;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.Registry;
import segue.server.oauth.RequestObject;

import java.time.Clock;
import java.util.Optional;

/// Understands authorization requests, whichever way they come: plainly, pushed, or from where they
/// waited. One that was understood is understood anew when it goes on, since what it names may have
/// changed.
public final class RequestReader {
    private final Domains domains;
    private final Registry registry;
    private final Jwts jwts;
    private final Clock clock;

    public RequestReader(Domains domains, Registry registry, Jwts jwts, Clock clock) {
        this.domains = domains;
        this.registry = registry;
        this.jwts = jwts;
        this.clock = clock;
    }

    /// What stands in a request: its parameters themselves, or an object that holds them.
    sealed interface Opened {
        /// None that could be opened; whether these can be understood is still to be seen.
        record Plainly(Parameters parameters) implements Opened {}

        /// @param inside the parameters that the client signed, the only ones that count
        record Signed(Parameters inside) implements Opened {}

        record Flawed(Client client, OAuthError error) implements Opened {}
    }

    /// Opens a request object, if one was sent, of a client that we know, in a request that isn't
    /// refused anyway (RFC 9101).
    Opened open(Parameters sent, Request request) {
        var text = sent.one("request");
        var client = sent.one("client_id").flatMap(id -> registry.client(new ClientId(id)));
        if (text.isEmpty()
                || client.isEmpty()
                || !sent.repeated().isEmpty()
                || sent.one("request_uri").isPresent()) return new Opened.Plainly(sent);
        var opened =
                RequestObject.open(
                        text.get(), client.get(), domains.issuer(request.host()), clock.instant());
        return switch (opened) {
            case RequestObject.Opened.Signed(var inside) -> new Opened.Signed(inside);
            case RequestObject.Opened.Refused(var error) ->
                    new Opened.Flawed(client.get().client(), error);
        };
    }

    /// Where the client of an object that can't be opened hears of it, by what stands beside it.
    Parsed.Refusal refused(Opened.Flawed flawed, Parameters beside, Request request) {
        return AuthorizeRequest.refused(
                beside, flawed.client(), domains.issuer(request.host()), flawed.error());
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
