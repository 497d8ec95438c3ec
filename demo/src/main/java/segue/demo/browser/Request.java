package segue.demo.browser;

import segue.demo.wire.Wire;

import java.net.URI;
import java.net.http.HttpRequest;
import java.util.Map;
import java.util.Optional;

/// A navigation: what a browser sends when somebody types an address or submits a form.
///
/// @param form the fields of a form that is posted; empty for a GET
/// @param initiator the page that asked for it; empty if it was the user, at the address bar
record Request(URI url, Optional<Map<String, String>> form, Optional<URI> initiator) {
    static Request typed(URI url) {
        return new Request(url, Optional.empty(), Optional.empty());
    }

    boolean isPost() {
        return form.isPresent();
    }

    /// The request that follows a redirect: 307 and 308 keep a POST, all others turn it into a GET
    /// (Fetch, HTTP-redirect fetch).
    Request redirected(int status, URI to) {
        var kept = status == 307 || status == 308;
        return new Request(to, kept ? form : Optional.empty(), initiator);
    }

    HttpRequest.Builder http() {
        var request =
                HttpRequest.newBuilder(url)
                        .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
                        .header("Sec-Fetch-Dest", "document")
                        .header("Sec-Fetch-Mode", "navigate")
                        .header("Sec-Fetch-Site", fetchSite());
        form.ifPresent(
                fields ->
                        request.header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(HttpRequest.BodyPublishers.ofString(Wire.form(fields))));
        if (isPost()) initiator.ifPresent(it -> request.header("Origin", Site.origin(it)));
        return request;
    }

    /// Fetch metadata §2.3.
    private String fetchSite() {
        return initiator
                .map(
                        it -> {
                            if (Site.origin(it).equals(Site.origin(url))) return "same-origin";
                            return Site.isSame(it, url) ? "same-site" : "cross-site";
                        })
                .orElse("none");
    }
}
