package segue.server.page;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/// What the hand-off page runs and looks like. Both are the same for everybody, so its content
/// security policy names their hashes, and whatever else got into the page would not run.
final class HandOffScript {
    /// Takes the fragment out of the URL, and so out of the history, before it does anything else.
    /// Then it posts what it found; `fetch` keeps the redirect for itself, sends a true `Origin`
    /// whatever our `Referrer-Policy` is, and is bound by no `form-action`. A page that is loaded
    /// in advance waits until somebody looks at it. An app that opens the page once more in the
    /// same view changes nothing but the fragment, and no browser loads anything for that: hence
    /// the listener.
    ///
    /// Chromium keeps the URL that a document began with in its performance entries. So a document
    /// that had a token never stays: if the web app isn't next, the same page without one is.
    static final String SCRIPT =
            """
            (function () {
              function handOff() {
                var handed = new URLSearchParams(location.hash.slice(1)), page = document.documentElement.dataset;
                var here = location.pathname + (page.client ? "?client_id=" + encodeURIComponent(page.client) : "");
                history.replaceState(null, "", here);
                function stay() { location.replace(here); }
                function post() {
                  handed.set("client_id", page.client);
                  fetch(location.pathname, { method: "POST", body: handed, redirect: "manual", credentials: "same-origin", cache: "no-store" })
                    .then(function (answer) {
                      if (answer.type === "opaqueredirect") location.replace(page.login); else stay();
                    }, stay);
                }
                if (!handed.has("session_transfer_token")) { page.state = "idle"; return; }
                page.state = "waiting";
                if (!page.client) stay();
                else if (document.prerendering) document.addEventListener("prerenderingchange", post, { once: true });
                else post();
              }
              handOff();
              addEventListener("hashchange", handOff);
            })();
            """;

    static final String STYLE =
            """
            :root { --ink: #16202e; --quiet: #4c5a6e; --paper: #fff; --ground: #eef2f7; --accent: #1d4ed8 }
            @media (prefers-color-scheme: dark) { :root { --ink: #e8edf4; --quiet: #a4b1c2; --paper: #1a2330; --ground: #0f151e; --accent: #8ab4ff } }
            * { box-sizing: border-box }
            body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: min(1rem, 4vw); background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
            main { width: 100%; max-width: 25rem; padding: min(2.5rem, 6vw); background: var(--paper); border-radius: 1rem; overflow-wrap: anywhere }
            h1 { margin: 0 0 .375rem; font-size: min(1.5rem, 11vw); line-height: 1.25 }
            p { margin: 0 0 1.25rem; color: var(--quiet) }
            p:last-child { margin: 0 }
            a { color: var(--accent) }
            a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
            .waiting, .idle, [data-state="waiting"] .login { display: none }
            [data-state="waiting"] .waiting, [data-state="idle"] .idle { display: block }
            """;

    /// For a page that holds nothing but these two.
    static final String POLICY =
            "default-src 'none'; script-src "
                    + source(SCRIPT)
                    + "; style-src "
                    + source(STYLE)
                    + "; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors"
                    + " 'none'; require-trusted-types-for 'script'";

    private HandOffScript() {}

    /// A hash source (CSP 3 §2.3.1).
    private static String source(String text) {
        try {
            var hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(hash) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
