package segue.demo.shop;

import java.util.Map;
import java.util.stream.Collectors;

/// The shop's looks: one page, nothing loaded from elsewhere, readable on a phone, in the dark too.
final class ShopPages {
    private static final String LAYOUT =
            """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>$TITLE · Analytical Goods</title>
            <style>
            :root { --ink: #2b2119; --quiet: #6d5d4e; --paper: #fffdf8; --ground: #f3ecdf; --line: #d9cbb5; --accent: #8a3b12 }
            @media (prefers-color-scheme: dark) { :root { --ink: #f3e9da; --quiet: #bda98f; --paper: #2a211a; --ground: #1b1510; --line: #4b3d30; --accent: #f0a36b } }
            * { box-sizing: border-box }
            body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--ground); color: var(--ink); font: 1.0625rem/1.6 Georgia, "Times New Roman", serif }
            main { width: 100%; max-width: 30rem; padding: clamp(1.25rem, 6vw, 2.5rem); background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere }
            .shop { margin: 0 0 1rem; color: var(--quiet); font-size: .875rem; letter-spacing: .08em; text-transform: uppercase }
            h1 { margin: 0 0 .5rem; font-size: 1.75rem; line-height: 1.25; text-wrap: balance }
            dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 1.25rem 0 }
            dt { color: var(--quiet) }
            dd { margin: 0 }
            nav { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0 0 }
            a { color: var(--accent); padding: .5rem 1rem; border: 1px solid var(--accent); border-radius: .5rem; text-decoration: none }
            a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
            </style>
            </head>
            <body>
            <main>
            <p class="shop">Analytical Goods</p>
            $CONTENT
            </main>
            </body>
            </html>
            """;

    private ShopPages() {}

    static String welcome(String name, Map<String, String> facts) {
        var list =
                facts.entrySet().stream()
                        .map(
                                it ->
                                        "<dt>%s</dt><dd>%s</dd>"
                                                .formatted(it.getKey(), escaped(it.getValue())))
                        .collect(Collectors.joining("\n"));
        return page(
                "Welcome, " + name,
                "<p>You are signed in.</p>\n<dl>\n" + list + "\n</dl>",
                Map.of("/logout", "Sign out"));
    }

    static String nobody() {
        return page("Nobody is signed in", "", Map.of("/login", "Sign in"));
    }

    static String message(String title, String text) {
        return page(title, "<p>" + escaped(text) + "</p>", Map.of("/", "To the shop"));
    }

    private static String page(String title, String content, Map<String, String> links) {
        var nav =
                links.entrySet().stream()
                        .map(it -> "<a href=\"%s\">%s</a>".formatted(it.getKey(), it.getValue()))
                        .collect(Collectors.joining("\n", "<nav>", "</nav>"));
        var heading = "<h1 id=\"who\">" + escaped(title) + "</h1>\n";
        return LAYOUT.replace("$TITLE", escaped(title))
                .replace("$CONTENT", heading + content + "\n" + nav);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
