package segue.server.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// An answer. What every answer carries (`Cache-Control`, `Referrer-Policy` and so on) is added on
/// the way out unless it is here already.
public record Response(int status, List<Header> headers, byte[] body) {
    public Response {
        headers = List.copyOf(headers);
    }

    /// An answer without a body.
    public static Response of(int status) {
        return new Response(status, List.of(), new byte[0]);
    }

    /// An answer of JSON.
    public static Response json(int status, String json) {
        return typed(status, "application/json; charset=utf-8", json);
    }

    /// An error that no endpoint had a say in, in the format of the OAuth endpoints (contract
    /// authentication-api §9).
    ///
    /// @param description our own words, which JSON needs no escapes for
    static Response invalidRequest(int status, String description) {
        return json(
                status,
                "{\"error\":\"invalid_request\",\"error_description\":\"" + description + "\"}");
    }

    /// A page.
    public static Response html(int status, String html) {
        return typed(status, "text/html; charset=utf-8", html);
    }

    /// Plain text.
    public static Response text(int status, String text) {
        return typed(status, "text/plain; charset=utf-8", text);
    }

    /// A redirect: 302 after a GET, 303 after a POST, never 307 (RFC 9700 §4.12).
    public static Response redirect(int status, String location) {
        return of(status).withHeader("Location", location);
    }

    private static Response typed(int status, String type, String text) {
        return new Response(
                status,
                List.of(new Header("Content-Type", type)),
                text.getBytes(StandardCharsets.UTF_8));
    }

    /// The same with one more header.
    public Response withHeader(String name, String value) {
        var more = new ArrayList<>(headers);
        more.add(new Header(name, value));
        return new Response(status, more, body);
    }

    /// The same with a cookie to set.
    public Response withCookie(SetCookie cookie) {
        return withHeader("Set-Cookie", cookie.rendered());
    }

    /// The first value of a header field.
    public Optional<String> header(String name) {
        return new Headers(headers).first(name);
    }

    /// The body as text.
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
