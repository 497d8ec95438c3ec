package segue.server.oauth;

import segue.domain.client.Client;
import segue.domain.identifier.ClientId;
import segue.domain.log.Origin;
import segue.domain.network.ClientAddress;
import segue.domain.network.Device;
import segue.domain.secret.Secret;
import segue.server.http.AddressParser;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.storage.Caller;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalLong;

/// The client behind a request to a token endpoint (contract authentication-api §4.1).
public final class Callers {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int USER_AGENT_CHARACTERS = 256;
    private static final int TELEMETRY_CHARACTERS = 1024;

    private final Registry registry;

    public Callers(Registry registry) {
        this.registry = registry;
    }

    /// Who is calling.
    public sealed interface Identified {
        /// @param isAuthenticated it proved a secret; a public client can't
        record Known(Client client, Secret secret, boolean isAuthenticated, Origin origin)
                implements Identified {
            /// As the storage's use cases want it.
            public Caller caller() {
                return Callers.caller(client);
            }
        }

        /// @param basic whether the answer must name the Basic scheme (RFC 6749 §5.2)
        record Unknown(OAuthError error, boolean basic) implements Identified {
            /// As an HTTP answer.
            public Response response() {
                var answer = error.response();
                return basic
                        ? answer.withHeader("WWW-Authenticate", "Basic realm=\"segue\"")
                        : answer;
            }
        }
    }

    /// As the storage's use cases want a client.
    public static Caller caller(Client client) {
        return new Caller(client.id(), client.name(), client.refresh(), client.transfer());
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
            return new Identified.Known(client, secret, false, origin(request));
        var isRight =
                presented.secret().filter(text -> new Secret(text).sameAs(secret)).isPresent();
        if (!isRight) return denied(presented.basic());
        return new Identified.Known(client, secret, true, origin(request, client));
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

    /// Where a request came from, for the tenant log and for device binding.
    public static Origin origin(Request request) {
        return origin(request, request.client());
    }

    /// The same for an authenticated client that forwards its user's address: exactly one literal,
    /// else it is ignored (contract native-to-web §6).
    private static Origin origin(Request request, Client client) {
        var forwarded = request.headers().all("auth0-forwarded-for");
        if (!client.trustsForwardedAddress() || forwarded.size() != 1) return origin(request);
        return AddressParser.parse(forwarded.getFirst().strip())
                .map(address -> origin(request, address))
                .orElseGet(() -> origin(request));
    }

    private static Origin origin(Request request, ClientAddress address) {
        var agent = request.headers().first("User-Agent").orElse("");
        var shortened =
                agent.length() > USER_AGENT_CHARACTERS
                        ? agent.substring(0, USER_AGENT_CHARACTERS)
                        : agent;
        return new Origin(
                new Device(
                        address,
                        OptionalLong.empty(),
                        Parameters.isText(shortened) ? shortened : ""),
                request.host(),
                telemetry(request));
    }

    /// The `Auth0-Client` header, decoded leniently and ignored if it is broken (contract
    /// authentication-api §1.1).
    private static Optional<String> telemetry(Request request) {
        return request.headers()
                .first("Auth0-Client")
                .or(() -> request.query().one("auth0Client"))
                .filter(text -> text.length() <= TELEMETRY_CHARACTERS)
                .flatMap(Callers::decodedTelemetry);
    }

    private static Optional<String> decodedTelemetry(String text) {
        try {
            var unpadded = text.replaceAll("=+$", "").replace('+', '-').replace('/', '_');
            var json = JSON.readTree(Base64.getUrlDecoder().decode(unpadded));
            return Optional.of(json.toString())
                    .filter(it -> json.isObject() && Parameters.isText(it));
        } catch (IllegalArgumentException | JacksonException e) {
            return Optional.empty();
        }
    }
}
