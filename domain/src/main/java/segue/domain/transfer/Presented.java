package segue.domain.transfer;

import segue.domain.client.Delivery;
import segue.domain.secret.Secret;
import segue.domain.secret.SecretHash;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/// Whether a request to `/authorize` carries a session transfer token that we look at, and which
/// (contract native-to-web §4.1, §5.2 step 2; THREATS 1.3 rows 3 to 5).
public sealed interface Presented {

    /// Nothing to look at: none was sent, the client has the feature off, or the request isn't a
    /// navigation. A token that was sent all the same is neither burnt nor logged.
    record Nowhere() implements Presented {}

    /// One was sent, but only by a method that the client doesn't accept: not burnt, ordinary
    /// evaluation, a warning.
    record NotAllowed() implements Presented {}

    /// One value, by one way or by several.
    record Once(Secret token) implements Presented {}

    /// Different values: invalid, and every one of them is burnt (THREATS decision 4).
    record Conflicting(List<Secret> tokens) implements Presented {
        public Conflicting {
            tokens = List.copyOf(tokens);
        }
    }

    /// Decides.
    ///
    /// @param accepted the redeeming client's methods; empty is "feature off"
    /// @param isNavigation false for HEAD, prefetch, and a fetch destination other than `document`
    /// @param inCookies the values of all cookies that carry one
    /// @param inQuery the values in the query or form body
    static Presented in(
            Set<Delivery> accepted,
            boolean isNavigation,
            List<Secret> inCookies,
            List<Secret> inQuery) {
        if (accepted.isEmpty() || !isNavigation) return new Nowhere();
        if (inCookies.isEmpty() && inQuery.isEmpty()) return new Nowhere();
        var distinct = new LinkedHashMap<SecretHash, Secret>();
        if (accepted.contains(Delivery.COOKIE))
            inCookies.forEach(token -> distinct.put(token.hash(), token));
        if (accepted.contains(Delivery.QUERY))
            inQuery.forEach(token -> distinct.put(token.hash(), token));
        return switch (distinct.size()) {
            case 0 -> new NotAllowed();
            case 1 -> new Once(distinct.firstEntry().getValue());
            default -> new Conflicting(List.copyOf(distinct.values()));
        };
    }
}
