package segue.domain.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.client.Delivery;
import segue.domain.secret.Secret;
import segue.domain.secret.SecretHash;

import java.util.List;
import java.util.Set;

/// Every combination of accepted methods, values and kinds of request (contract native-to-web §4.1,
/// §5.2 step 2).
class PresentedTest {
    private static final SecretHash A = new Secret("a").hash();
    private static final SecretHash B = new Secret("b").hash();
    private static final List<List<SecretHash>> VALUES =
            List.of(List.of(), List.of(A), List.of(B), List.of(A, A), List.of(A, B));

    @Test
    void everyCombinationIsLookedAtAsTheContractSays() {
        for (var accepted :
                List.of(
                        Set.<Delivery>of(),
                        Set.of(Delivery.COOKIE),
                        Set.of(Delivery.QUERY),
                        Set.of(Delivery.COOKIE, Delivery.QUERY)))
            for (var navigation : List.of(true, false))
                for (var cookies : VALUES)
                    for (var query : VALUES)
                        assertThat(kind(Presented.in(accepted, navigation, cookies, query)))
                                .as(
                                        "%s %s %s %s",
                                        accepted, navigation, cookies.size(), query.size())
                                .isEqualTo(oracle(accepted, navigation, cookies, query));
    }

    private static String oracle(
            Set<Delivery> accepted,
            boolean navigation,
            List<SecretHash> cookies,
            List<SecretHash> query) {
        if (accepted.isEmpty()) return "nowhere";
        if (!navigation) return "nowhere";
        var sent = cookies.size() + query.size();
        if (sent == 0) return "nowhere";
        var text = new StringBuilder();
        if (accepted.contains(Delivery.COOKIE)) cookies.forEach(it -> text.append(name(it)));
        if (accepted.contains(Delivery.QUERY)) query.forEach(it -> text.append(name(it)));
        if (text.isEmpty()) return "not allowed";
        var hasA = text.indexOf("a") >= 0;
        var hasB = text.indexOf("b") >= 0;
        if (hasA && hasB) return "conflicting";
        return hasA ? "once a" : "once b";
    }

    private static String kind(Presented presented) {
        return switch (presented) {
            case Presented.Nowhere _ -> "nowhere";
            case Presented.NotAllowed _ -> "not allowed";
            case Presented.Once(var token) -> "once " + name(token);
            case Presented.Conflicting _ -> "conflicting";
        };
    }

    private static String name(SecretHash token) {
        return token.equals(A) ? "a" : "b";
    }
}
