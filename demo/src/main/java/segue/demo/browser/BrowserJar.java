package segue.demo.browser;

import segue.demo.phone.Wire;

import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// A browser's cookies, redirects and forms, without its scripts. Cookies are kept by host, never
/// by port, as browsers do.
public final class BrowserJar {
    private static final Pattern FORM =
            Pattern.compile("<form[^>]*\\saction=\"([^\"]*)\"[^>]*>(.*?)</form>", Pattern.DOTALL);
    private static final Pattern INPUT = Pattern.compile("<input[^>]*>");
    private static final Pattern ATTRIBUTE = Pattern.compile("([a-z-]+)=\"([^\"]*)\"");
    private static final int MOST_REDIRECTS = 10;

    private final Wire wire;
    private final Map<String, Map<String, String>> cookies = new LinkedHashMap<>();

    public BrowserJar(Wire wire) {
        this.wire = wire;
    }

    /// A page that was reached.
    ///
    /// @param visited every URL on the way, this one last
    public record Page(int status, URI url, String body, List<URI> visited) {
        public Page {
            visited = List.copyOf(visited);
        }

        /// A parameter of the URL, decoded.
        public Optional<String> parameter(String name) {
            return Optional.ofNullable(url.getRawQuery()).stream()
                    .flatMap(query -> List.of(query.split("&", -1)).stream())
                    .filter(pair -> pair.startsWith(name + "="))
                    .map(
                            pair ->
                                    URLDecoder.decode(
                                            pair.substring(name.length() + 1),
                                            StandardCharsets.UTF_8))
                    .findFirst();
        }

        /// Whether it asks for a user name and a password.
        public boolean asksToSignIn() {
            return body.contains("name=\"username\"") && body.contains("name=\"password\"");
        }
    }

    /// Opens a URL and follows redirects.
    public Page open(URI url) {
        return follow(HttpRequest.newBuilder(url), url, url.getHost());
    }

    /// Opens a URL and follows redirects, but not to another host or port: the way to look at what
    /// a client would get.
    public Page openUntilAway(URI url) {
        return follow(HttpRequest.newBuilder(url), url, url.getAuthority());
    }

    /// Fills in the only form of a page and submits it.
    public Page submit(Page page, Map<String, String> values) {
        return submit(page, values, page.url().getHost());
    }

    /// The same, without following a redirect to another host or port.
    public Page submitUntilAway(Page page, Map<String, String> values) {
        return submit(page, values, page.url().getAuthority());
    }

    private Page submit(Page page, Map<String, String> values, String stayAt) {
        var form = FORM.matcher(page.body());
        if (!form.find()) throw new IllegalArgumentException("no form at " + page.url());
        var fields = fields(form.group(2));
        fields.putAll(values);
        var url = page.url().resolve(unescaped(form.group(1)));
        var request =
                HttpRequest.newBuilder(url)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .header(
                                "Origin",
                                page.url().getScheme() + "://" + page.url().getAuthority())
                        .POST(HttpRequest.BodyPublishers.ofString(Wire.form(fields)));
        return follow(request, url, stayAt);
    }

    private static Map<String, String> fields(String form) {
        var fields = new LinkedHashMap<String, String>();
        var inputs = INPUT.matcher(form);
        while (inputs.find()) {
            var attributes = new LinkedHashMap<String, String>();
            var found = ATTRIBUTE.matcher(inputs.group());
            while (found.find()) attributes.put(found.group(1), unescaped(found.group(2)));
            if (attributes.containsKey("name"))
                fields.put(
                        attributes.getOrDefault("name", ""), attributes.getOrDefault("value", ""));
        }
        return fields;
    }

    private static String unescaped(String text) {
        return text.replace("&#34;", "\"")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
    }

    private Page follow(HttpRequest.Builder first, URI url, String stayAt) {
        var visited = new ArrayList<URI>();
        var request = first;
        var at = url;
        for (var hops = 0; hops < MOST_REDIRECTS; hops++) {
            visited.add(at);
            var cookie = header(at);
            if (!cookie.isEmpty()) request.header("Cookie", cookie);
            HttpResponse<String> response = wire.send(request.copy());
            keep(at, response.headers().allValues("Set-Cookie"));
            var location = response.headers().firstValue("Location");
            if (response.statusCode() / 100 != 3 || location.isEmpty())
                return new Page(response.statusCode(), at, response.body(), visited);
            at = at.resolve(location.get());
            var isAway = !stayAt.equals(at.getHost()) && !stayAt.equals(at.getAuthority());
            if (isAway) {
                visited.add(at);
                return new Page(response.statusCode(), at, response.body(), visited);
            }
            request = HttpRequest.newBuilder(at);
        }
        throw new IllegalStateException("too many redirects: " + visited);
    }

    /// Puts a cookie there, as an app does with its WebView.
    public void plant(URI at, String name, String value) {
        cookies.computeIfAbsent(at.getHost(), _ -> new LinkedHashMap<>()).put(name, value);
    }

    /// The value of a cookie, if the browser has it.
    public Optional<String> cookie(URI at, String name) {
        return Optional.ofNullable(cookies.getOrDefault(at.getHost(), Map.of()).get(name));
    }

    private String header(URI at) {
        var pairs = new ArrayList<String>();
        cookies.getOrDefault(at.getHost(), Map.of())
                .forEach((name, value) -> pairs.add(name + "=" + value));
        return String.join("; ", pairs);
    }

    private void keep(URI at, List<String> fields) {
        for (var field : fields) {
            var parts = field.split(";", -1);
            var equals = parts[0].indexOf('=');
            var name = parts[0].substring(0, equals).strip();
            var jar = cookies.computeIfAbsent(at.getHost(), _ -> new LinkedHashMap<>());
            if (field.toLowerCase(Locale.ROOT).contains("max-age=0")) jar.remove(name);
            else jar.put(name, parts[0].substring(equals + 1).strip());
        }
    }
}
