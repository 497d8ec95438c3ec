package segue.domain.transfer;

import segue.domain.client.Delivery;
import segue.domain.secret.SecretHash;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Whether a request to `/authorize` carries a session transfer token that we look at, and which
/// (contract native-to-web §4.1, §5.2 step 2; THREATS 1.3 rows 3 to 5). By their hashes: a pushed
/// request keeps no more of a token.
public sealed interface Presented {

    /// Nothing to look at: none was sent, the client has the feature off, or the request isn't a
    /// navigation. A token that was sent all the same is neither burnt nor logged.
    record Nowhere() implements Presented {}

    /// One was sent, but only by a method that the client doesn't accept: not burnt, ordinary
    /// evaluation, a warning.
    record NotAllowed() implements Presented {}

    /// One value, by one way or by several.
    record Once(SecretHash token) implements Presented {}

    /// Different values: invalid, and every one of them is burnt (THREATS decision 4).
    record Conflicting(List<SecretHash> tokens) implements Presented {
        public Conflicting {
            tokens = List.copyOf(tokens);
        }
    }

    /// Decides.
    ///
    /// @param accepted the redeeming client's methods; empty is "feature off"
    /// @param isNavigation false for HEAD, prefetch, and a fetch destination other than `document`
    /// @param inCookies the values of all cookies that carry one
    /// @param inQuery the values in the query or form body, and in a pushed request
    static Presented in(
            Set<Delivery> accepted,
            boolean isNavigation,
            List<SecretHash> inCookies,
            List<SecretHash> inQuery) {
        if (accepted.isEmpty() || !isNavigation) return new Nowhere();
        if (inCookies.isEmpty() && inQuery.isEmpty()) return new Nowhere();
        var distinct = new LinkedHashSet<SecretHash>();
        if (accepted.contains(Delivery.COOKIE)) distinct.addAll(inCookies);
        if (accepted.contains(Delivery.QUERY)) distinct.addAll(inQuery);
        return switch (distinct.size()) {
            case 0 -> new NotAllowed();
            case 1 -> new Once(distinct.getFirst());
            default -> new Conflicting(List.copyOf(distinct));
        };
    }
}
