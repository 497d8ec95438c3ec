package segue.domain.token;

import segue.domain.scope.Scope;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// For which API a refresh yields a token, and with what scope (contract authentication-api §4.5,
/// the table of audiences). The family itself is never narrowed or widened by it.
public final class RefreshScope {
    private RefreshScope() {}

    /// OpenID Connect's own scopes: once granted, they count for every API.
    private static final Set<String> ANYWHERE =
            Set.of("openid", "profile", "email", "address", "phone", "offline_access");

    /// The API that a request names.
    public sealed interface Target {
        /// It names none.
        record Original() implements Target {}

        /// `/userinfo`, which is what a token without an API is for.
        record Userinfo() implements Target {}

        /// One of the Management API's resource servers, or something unknown.
        record Api(String identifier) implements Target {}

        /// Whether it names no other API than something is for already.
        default boolean isIn(Optional<String> audience) {
            return switch (this) {
                case Original _ -> true;
                case Userinfo _ -> audience.isEmpty();
                case Api(var identifier) -> audience.equals(Optional.of(identifier));
            };
        }

        /// For the log.
        default Optional<String> named() {
            return this instanceof Api(var identifier) ? Optional.of(identifier) : Optional.empty();
        }
    }

    /// What is asked of a family.
    ///
    /// @param scope space separated; empty asks for all there is
    /// @param policies the usable part of the client's `refresh_token.policies`: scopes by API
    public record Asked(Target target, Optional<String> scope, Map<String, Set<String>> policies) {
        public Asked {
            policies = Map.copyOf(policies);
        }
    }

    /// What the access token is for.
    ///
    /// @param audience the API; empty means `/userinfo` only
    /// @param scope space separated
    public record Granted(Optional<String> audience, String scope) {}

    /// Decides; empty if the family was granted for another API.
    public static Optional<Granted> decide(TokenFamily family, Asked asked) {
        return audience(family, asked)
                .map(
                        audience ->
                                new Granted(
                                        audience,
                                        family.scopeBound()
                                                .narrow(
                                                        narrowed(
                                                                asked.scope(),
                                                                allowed(
                                                                        family, audience,
                                                                        asked)))));
    }

    private static Optional<Optional<String>> audience(TokenFamily family, Asked asked) {
        return switch (asked.target()) {
            case Target.Original _ -> Optional.of(family.audience());
            case Target.Userinfo _ ->
                    family.audience().isEmpty() ? Optional.of(Optional.empty()) : Optional.empty();
            case Target.Api(var identifier) -> {
                var named = Optional.of(identifier);
                yield named.equals(family.audience()) || asked.policies().containsKey(identifier)
                        ? Optional.of(named)
                        : Optional.empty();
            }
        };
    }

    private static Set<String> allowed(TokenFamily family, Optional<String> audience, Asked asked) {
        var allowed = Scope.words(family.scope());
        if (!audience.equals(family.audience())) allowed.retainAll(ANYWHERE);
        audience.map(api -> asked.policies().getOrDefault(api, Set.of()))
                .ifPresent(scopes -> scopes.stream().sorted().forEach(allowed::add));
        return allowed;
    }

    private static String narrowed(Optional<String> requested, Set<String> allowed) {
        var kept = requested.map(Scope::words).orElseGet(() -> new LinkedHashSet<>(allowed));
        kept.retainAll(allowed);
        return String.join(" ", kept);
    }
}
