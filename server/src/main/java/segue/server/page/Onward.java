package segue.server.page;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Where the answer to a form may take the browser. Chromium checks `form-action` at every redirect
/// that follows, also where the app sends the browser on from its callback, and stops silently at a
/// place that isn't named.
///
/// @param next the page of the app that we send the browser to
/// @param origins of the app's pages, as it registered them
public record Onward(Optional<String> next, Set<String> origins) {
    /// A client may register thousands of pages, and proxies refuse long header fields.
    private static final int MOST = 32;

    /// Copies what it is given.
    public Onward {
        origins = Set.copyOf(origins);
    }

    /// The sources of a content security policy, the next page's first.
    String sources() {
        return Stream.concat(next.map(Pages::origin).stream(), origins.stream().sorted())
                .distinct()
                .limit(MOST)
                .collect(Collectors.joining(" "));
    }
}
