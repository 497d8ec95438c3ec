package segue.server.http;

import segue.domain.network.ClientAddress;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A request that has passed the limits.
///
/// @param path without the query, as it was sent
/// @param pathParameters what the route's template names, decoded once
/// @param client where it came from, after the operator's proxy rules
/// @param host the host (and port) it was sent to, one of ours
/// @param id names the request in our log and in an error answer
public record Request(
        Method method,
        String path,
        Map<String, String> pathParameters,
        Parameters query,
        Headers headers,
        byte[] body,
        ClientAddress client,
        String host,
        String id) {

    /// A part of the path that the route's template names.
    ///
    /// @throws IllegalArgumentException if it doesn't: the endpoint was routed wrongly
    public String pathParameter(String name) {
        var value = pathParameters.get(name);
        if (value == null) throw new IllegalArgumentException("the route has no {" + name + "}");
        return value;
    }

    /// The media type of the body in lower case, without parameters; empty if none was named.
    public String mediaType() {
        return headers.first("Content-Type")
                .map(type -> type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
                .orElse("");
    }

    /// The body as form parameters; empty if it isn't a well-formed form.
    public Optional<Parameters> form() {
        return Parameters.parse(new String(body, StandardCharsets.ISO_8859_1));
    }

    /// The cookies.
    public Cookies cookies() {
        return Cookies.parse(headers.all("Cookie"));
    }

    /// Whether somebody goes to this place: nothing that a page embeds, a script fetches, or a
    /// browser loads in advance. A client that doesn't say what it does is believed (contract
    /// native-to-web §4.1).
    public boolean isTopLevelNavigation() {
        return !isAhead() && headers.first("Sec-Fetch-Dest").map("document"::equals).orElse(true);
    }

    /// Whether nobody goes there yet: a browser loads it in advance, or somebody only looks whether
    /// it is there (THREATS T-5).
    public boolean isAhead() {
        return method == Method.HEAD || headers.first("Sec-Purpose").isPresent();
    }

    Request at(Map<String, String> parameters) {
        return new Request(method, path, parameters, query, headers, body, client, host, id);
    }

    /// A GET from loopback, as a test would send it.
    ///
    /// @throws IllegalArgumentException if the query is malformed
    public static Request get(String target) {
        return to(Method.GET, target);
    }

    /// A request without a body, as a test would send it.
    ///
    /// @throws IllegalArgumentException if the query is malformed
    public static Request to(Method method, String target) {
        var question = target.indexOf('?');
        var path = question < 0 ? target : target.substring(0, question);
        var query = Parameters.parse(question < 0 ? "" : target.substring(question + 1));
        var loopback = ClientAddress.of(new byte[] {127, 0, 0, 1});
        return new Request(
                method,
                path,
                Map.of(),
                query.orElseThrow(
                        () -> new IllegalArgumentException("a malformed query: " + target)),
                new Headers(List.of()),
                new byte[0],
                loopback,
                "localhost",
                "test");
    }

    /// The same with one more header.
    public Request withHeader(String name, String value) {
        return new Request(
                method,
                path,
                pathParameters,
                query,
                headers.with(name, value),
                body,
                client,
                host,
                id);
    }

    /// The same with a body.
    public Request withBody(String mediaType, String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        var typed = headers.with("Content-Type", mediaType);
        return new Request(method, path, pathParameters, query, typed, bytes, client, host, id);
    }

    /// The same from another address.
    public Request from(ClientAddress address) {
        return new Request(method, path, pathParameters, query, headers, body, address, host, id);
    }
}
