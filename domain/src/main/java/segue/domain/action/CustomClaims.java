package segue.domain.action;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// Claims that Actions put into tokens (contract authentication-api §8.4).
final class CustomClaims {
    /// The most bytes of the names and values of one token's claims.
    private static final int MOST_BYTES = 100_000;

    /// Not [java.net.URI], which finds no host in `https://auth0.com/a b` or
    /// `https://a_b.auth0.com` and would let them pass.
    private static final Pattern FOREIGN =
            Pattern.compile(
                    "urn:auth0.*|([a-z][a-z0-9+.-]*:)?//([^/?#\\\\]*[@.])?"
                            + "(auth0\\.com|webtask\\.io|webtask\\.run)\\.?(:[^/?#\\\\]*)?"
                            + "([/?#\\\\].*)?",
                    Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private CustomClaims() {}

    /// What is wrong with claims, so that the sign-in fails.
    ///
    /// @param claims name to JSON
    static Optional<String> problem(Map<String, String> claims) {
        if (claims.entrySet().stream().mapToInt(CustomClaims::bytes).sum() > MOST_BYTES)
            return Optional.of("the custom claims of a token exceed " + MOST_BYTES + " bytes");
        return claims.keySet().stream()
                .filter(name -> name.isEmpty() || FOREIGN.matcher(name).matches())
                .map(name -> "a custom claim can't be named '" + name + "'")
                .findFirst();
    }

    private static int bytes(Map.Entry<String, String> claim) {
        return claim.getKey().getBytes(StandardCharsets.UTF_8).length
                + claim.getValue().getBytes(StandardCharsets.UTF_8).length;
    }

    /// Whether a name is a URL or a URN, so that nobody else's claim is called the same.
    static boolean isNamespaced(String name) {
        return name.startsWith("https://") || name.startsWith("http://") || name.startsWith("urn:");
    }

    /// The claims that may be set; the others are left out, with a warning each (THREATS R46.3).
    ///
    /// @param also what a name must fulfil besides
    static SortedMap<String, String> allowed(
            SortedMap<String, String> claims, Predicate<String> also, List<String> warnings) {
        var allowed = new TreeMap<String, String>();
        claims.forEach(
                (name, value) -> {
                    if (!ReservedClaims.NAMES.contains(name) && also.test(name))
                        allowed.put(name, value);
                    else
                        warnings.add(
                                "An Action set the claim '"
                                        + name
                                        + "', which is left out: the name is reserved.");
                });
        return allowed;
    }
}
