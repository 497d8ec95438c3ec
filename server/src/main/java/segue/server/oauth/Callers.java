package segue.server.oauth;

import segue.domain.client.Client;
import segue.domain.identifier.ClientId;
import segue.domain.log.Origin;
import segue.domain.secret.Secret;
import segue.domain.token.KeyThumbprint;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.storage.Caller;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// The client behind a request to a token endpoint (contract authentication-api §4.1).
public final class Callers {
    /// The parameters that prove who is calling, which nothing else may keep.
    public static final List<String> CREDENTIALS =
            List.of("client_secret", "client_assertion", "client_assertion_type");

    private final Registry registry;
    private final Origins origins;

    public Callers(Registry registry, Origins origins) {
        this.registry = registry;
        this.origins = origins;
    }

    /// Who is calling.
    public sealed interface Identified {
        /// @param isAuthenticated it proved a secret; a public client can't
        /// @param key that the request proves possession of, if it does
        record Known(
                Client client,
                Secret secret,
                boolean isAuthenticated,
                Optional<KeyThumbprint> key,
                Origin origin)
                implements Identified {
            /// As the storage's use cases want it.
            public Caller caller() {
                return Callers.caller(client, key);
            }

            /// The same with proof that it possesses a key.
            public Known possessing(KeyThumbprint proved) {
                return new Known(client, secret, isAuthenticated, Optional.of(proved), origin);
            }
        }

        /// @param basic whether the answer must name the Basic scheme (RFC 6749 §5.2)
        record Unknown(OAuthError error, boolean basic) implements Identified {
            /// As an HTTP answer.
            public Response response(Terms terms) {
                var answer = terms.told(error).response();
                return basic
                        ? answer.withHeader("WWW-Authenticate", "Basic realm=\"segue\"")
                        : answer;
            }
        }
    }

    /// As the storage's use cases want a client that asks by a browser.
    public static Caller caller(Client client) {
        return caller(client, Optional.empty());
    }

    private static Caller caller(Client client, Optional<KeyThumbprint> key) {
        return new Caller(
                client.id(),
                client.name(),
                client.refresh(),
                client.transfer(),
                client.isPublic(),
                key);
    }

    private record Presented(String clientId, Optional<String> secret, boolean basic) {}

    /// Identifies the client by Basic authentication or by `client_id` and `client_secret`, and
    /// authenticates it if it has a secret. An unknown client and a wrong secret look alike
    /// (THREATS T-34).
    public Identified identify(Request request, Parameters parameters) {
        var basic = request.headers().first("Authorization").filter(Callers::isBasic);
        Optional<Presented> presented;
        if (basic.isPresent()) {
            if (parameters.one("client_secret").isPresent())
                return new Identified.Unknown(
                        OAuthError.of(
                                OAuthError.Code.INVALID_REQUEST,
                                "Client credentials were sent in more than one way"),
                        false);
            presented = decode(basic.get());
            if (presented.isEmpty()) return denied(true);
            var named = parameters.one("client_id");
            if (named.isPresent() && !named.get().equals(presented.get().clientId()))
                return denied(true);
        } else {
            presented =
                    parameters
                            .one("client_id")
                            .map(id -> new Presented(id, parameters.one("client_secret"), false));
            if (presented.isEmpty())
                return new Identified.Unknown(OAuthError.missing("client_id"), false);
        }
        return authenticate(request, presented.get());
    }

    private Identified authenticate(Request request, Presented presented) {
        var registered = registry.client(new ClientId(presented.clientId()));
        if (registered.isEmpty()) return denied(presented.basic());
        var client = registered.get().client();
        var secret = registered.get().secret();
        if (client.isPublic())
            // A public client's secret proves nothing, so it isn't looked at.
            return new Identified.Known(
                    client, secret, false, Optional.empty(), origins.of(request));
        var isRight =
                presented.secret().filter(text -> new Secret(text).sameAs(secret)).isPresent();
        if (!isRight) return denied(presented.basic());
        return new Identified.Known(
                client, secret, true, Optional.empty(), origins.of(request, client));
    }

    private static Identified denied(boolean basic) {
        return new Identified.Unknown(
                OAuthError.of(OAuthError.Code.CLIENT_DENIED, "Unauthorized"), basic);
    }

    private static boolean isBasic(String header) {
        return header.equalsIgnoreCase("Basic")
                || header.regionMatches(true, 0, "Basic ", 0, "Basic ".length());
    }

    /// RFC 6749 §2.3.1: id and secret are form-encoded inside the base64.
    private static Optional<Presented> decode(String header) {
        try {
            var bytes = Base64.getDecoder().decode(header.substring("Basic".length()).strip());
            var text = new String(bytes, StandardCharsets.UTF_8);
            var colon = text.indexOf(':');
            if (colon < 1) return Optional.empty();
            var id = formDecoded(text.substring(0, colon));
            var secret = formDecoded(text.substring(colon + 1));
            return secret.isPresent()
                    ? id.map(it -> new Presented(it, secret.filter(of -> !of.isEmpty()), true))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// Empty if it isn't well-formed. What a client sends without encoding it means itself, as far
    /// as it can be told.
    private static Optional<String> formDecoded(String text) {
        return Parameters.parse("it=" + text.replace("&", "%26"))
                .map(parsed -> parsed.one("it").orElse(""));
    }
}
