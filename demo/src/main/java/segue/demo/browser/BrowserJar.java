package segue.demo.browser;

import segue.demo.wire.Wire;

import java.net.URI;
import java.time.Clock;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// A browser's cookies, redirects and forms, without its scripts. Cookies follow RFC 6265bis, and
/// are kept by host, not by port. It says with every request what kind of request it is (Fetch
/// metadata), as browsers do.
public final class BrowserJar {
    private static final int MOST_REDIRECTS = 20;

    private final Wire wire;
    private final CookieStore cookies;

    /// A browser that was never used.
    public BrowserJar(Wire wire) {
        this(wire, Clock.systemUTC());
    }

    /// A browser that was never used.
    ///
    /// @param clock decides when its cookies expire
    public BrowserJar(Wire wire, InstantSource clock) {
        this(wire, new CookieStore(clock));
    }

    private BrowserJar(Wire wire, CookieStore cookies) {
        this.wire = wire;
        this.cookies = cookies;
    }

    /// The same browser, with the same cookies, on another network or with another header.
    public BrowserJar through(Wire other) {
        return new BrowserJar(other, cookies);
    }

    /// Opens a URL as if typed, and follows redirects to where they end. One to an app (a scheme
    /// that isn't http) ends there: [Page#location()].
    public Page open(URI url) {
        return openUntil(url, _ -> false);
    }

    /// The same, but stops before a redirect to a place that is chosen: then the page is the one
    /// that redirects, and its [Page#location()] that place.
    public Page openUntil(URI url, Predicate<URI> stop) {
        return go(Request.typed(url), stop);
    }

    /// The same, but stops before a redirect to another origin: the way to see what a client would
    /// get.
    public Page openUntilAway(URI url) {
        return openUntil(url, isAwayFrom(url));
    }

    /// Opens a URL as if a link of a page had been followed.
    public Page followLink(URI from, URI url) {
        return go(new Request(url, Optional.empty(), Optional.of(from)), _ -> false);
    }

    /// Follows one redirect, if the page is one, and stops there.
    public Page step(Page page) {
        return page.location().map(to -> openUntil(to, _ -> true)).orElse(page);
    }

    /// Submits a form, as if by its first button, and follows redirects to where they end.
    public Page submit(Form form) {
        return submitUntil(form, _ -> false);
    }

    /// The same, but stops before a redirect to a place that is chosen.
    public Page submitUntil(Form form, Predicate<URI> stop) {
        var initiator = Optional.of(form.page());
        return go(
                form.isPost()
                        ? new Request(form.action(), Optional.of(form.fields()), initiator)
                        : new Request(
                                Wire.with(form.action(), form.fields()),
                                Optional.empty(),
                                initiator),
                stop);
    }

    /// Fills in the only form of a page and submits it.
    public Page submit(Page page, Map<String, String> values) {
        return submit(page.form().filled(values));
    }

    /// The same, but stops before a redirect to another origin.
    public Page submitUntilAway(Page page, Map<String, String> values) {
        return submitUntil(page.form().filled(values), isAwayFrom(page.url()));
    }

    /// Whether a place is of another origin: where [#openUntil] stops.
    public static Predicate<URI> isAwayFrom(URI url) {
        return place -> !Site.isWeb(place) || !Site.origin(place).equals(Site.origin(url));
    }

    private Page go(Request first, Predicate<URI> stop) {
        var visited = new ArrayList<URI>();
        var request = first;
        while (visited.size() <= MOST_REDIRECTS) {
            visited.add(request.url());
            var page = answer(request, visited);
            if (page.location().isEmpty()) return page;
            var next = page.location().get();
            if (!Site.isWeb(next) || stop.test(next)) return page;
            request = request.redirected(page.status(), next);
        }
        throw new IllegalStateException("too many redirects: " + new HashSet<>(visited));
    }

    private Page answer(Request request, List<URI> visited) {
        var http = request.http();
        cookies.header(request).ifPresent(it -> http.header("Cookie", it));
        var response = wire.send(http);
        response.headers()
                .allValues("Set-Cookie")
                .forEach(field -> cookies.keep(request.url(), field));
        var location =
                response.headers()
                        .firstValue("Location")
                        .filter(_ -> response.statusCode() / 100 == 3)
                        .map(request.url()::resolve);
        return new Page(
                response.statusCode(),
                request.url(),
                response.headers(),
                response.body(),
                visited,
                location);
    }

    /// Puts a cookie there, as an app does with its web view (contract native-to-web §4).
    public void plant(URI at, String name, String value) {
        cookies.keep(at, name + "=" + value + "; Path=/; Secure; HttpOnly; SameSite=None");
    }

    /// The cookies that a request to a URL would carry, if the user typed it.
    public List<Cookie> cookies(URI at) {
        return cookies.of(Request.typed(at));
    }

    /// The value of one of them.
    public Optional<String> cookie(URI at, String name) {
        return cookies(at).stream()
                .filter(it -> it.name().equals(name))
                .map(Cookie::value)
                .findFirst();
    }
}
