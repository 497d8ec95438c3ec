package segue.server.oauth;

import segue.domain.client.Client;
import segue.domain.log.Origin;
import segue.domain.network.ClientAddress;
import segue.domain.network.Device;
import segue.server.http.AddressParser;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.network.Networks;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.util.Base64;
import java.util.Optional;

/// Where requests come from, for the tenant log and for device binding.
public final class Origins {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int USER_AGENT_CHARACTERS = 256;
    private static final int TELEMETRY_CHARACTERS = 1024;

    private final Networks networks;

    public Origins(Networks networks) {
        this.networks = networks;
    }

    /// Where a request came from.
    public Origin of(Request request) {
        return of(request, request.client());
    }

    /// The same for an authenticated client that forwards its user's address: exactly one literal,
    /// else it is ignored (contract native-to-web §6).
    Origin of(Request request, Client client) {
        var forwarded = request.headers().all("auth0-forwarded-for");
        if (!client.trustsForwardedAddress() || forwarded.size() != 1) return of(request);
        return AddressParser.parse(forwarded.getFirst().strip())
                .map(address -> of(request, address))
                .orElseGet(() -> of(request));
    }

    private Origin of(Request request, ClientAddress address) {
        var agent = request.headers().first("User-Agent").orElse("");
        return new Origin(
                device(address, agent), networks.geo(address), request.host(), telemetry(request));
    }

    /// What is known of a device.
    ///
    /// @param agent its `User-Agent`
    public Device device(ClientAddress address, String agent) {
        var shortened =
                agent.length() > USER_AGENT_CHARACTERS
                        ? agent.substring(0, USER_AGENT_CHARACTERS)
                        : agent;
        return new Device(
                address, networks.asn(address), Parameters.isText(shortened) ? shortened : "");
    }

    /// The `Auth0-Client` header, decoded leniently and ignored if it is broken (contract
    /// authentication-api §1.1).
    private static Optional<String> telemetry(Request request) {
        return request.headers()
                .first("Auth0-Client")
                .or(() -> request.query().one("auth0Client"))
                .filter(text -> text.length() <= TELEMETRY_CHARACTERS)
                .flatMap(Origins::decodedTelemetry);
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
