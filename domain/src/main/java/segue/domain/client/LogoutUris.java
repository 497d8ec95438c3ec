package segue.domain.client;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Where a browser may be sent after a logout: `allowed_logout_urls` (contract authentication-api
/// §6.1). Compared byte for byte, query string included; only a `*` as the left-most label of the
/// host stands for one label, of whatever name.
public record LogoutUris(List<String> allowed) {
    /// Scheme, the rest of the host with at least one dot of its own, and whatever follows it.
    private static final Pattern WILDCARD =
            Pattern.compile("(https?://)\\*(\\.[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+(?:[:/?].*)?)");

    private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

    public LogoutUris {
        allowed = List.copyOf(allowed);
    }

    /// Whether a browser may be sent there.
    public boolean allows(String uri) {
        return allowed.stream().anyMatch(entry -> entry.equals(uri) && !entry.contains("*"))
                || allowed.stream().anyMatch(entry -> fits(entry, uri));
    }

    private static boolean fits(String entry, String uri) {
        var wildcard = WILDCARD.matcher(entry);
        if (!wildcard.matches()) return false;
        var fitting = Pattern.quote(wildcard.group(1)) + LABEL + Pattern.quote(wildcard.group(2));
        return Pattern.matches(fitting, uri);
    }

    /// Where a browser is sent that asks for no place: the first that names one.
    public Optional<String> first() {
        return allowed.stream().filter(entry -> !entry.contains("*")).findFirst();
    }
}
