package segue.domain.action;

import segue.domain.action.Ruling.Ends;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/// Turns what Actions asked for into one ruling (contract actions §4). Whatever makes no sense
/// denies the sign-in, so that a policy is never skipped because it was misspelt.
public final class Rule {
    private static final String ACCESS_DENIED = "access_denied";

    private Rule() {}

    /// What the decision needs, read under the locks of the transaction that completes a sign-in.
    ///
    /// @param session empty where there is none, as in the password grant
    /// @param refreshToken what is presented, or what may be issued
    /// @param isForManagementApi whether the access token is for the Management API
    public record Facts(
            Optional<SessionFacts> session,
            RefreshTokenFacts refreshToken,
            boolean isForManagementApi) {}

    /// @param latestEnd the latest absolute end that the tenant's settings allow
    /// @param latestIdleEnd the latest idle end that they allow after this use
    public record SessionFacts(
            SortedMap<String, String> metadata, Instant latestEnd, Instant latestIdleEnd) {}

    /// @param isPresented whether this is an exchange of it; if not, one may be issued
    /// @param latestEnd its absolute end without the Actions, empty for never
    /// @param latestIdleEnd its idle end without the Actions, empty for never
    public record RefreshTokenFacts(
            boolean isPresented,
            SortedMap<String, String> metadata,
            Optional<Instant> latestEnd,
            Optional<Instant> latestIdleEnd) {}

    /// Decides.
    ///
    /// @param effects of all Actions, in the order in which they were asked for
    public static Ruling decide(List<Effect> effects, Facts facts) {
        return problem(effects, facts)
                .<Ruling>map(text -> new Ruling.Denied(ACCESS_DENIED, text, false, Set.of()))
                .or(() -> denial(effects))
                .or(() -> redirect(effects))
                .orElseGet(() -> new Ruling.Allowed(terms(effects, facts)));
    }

    /// Whether no further Action runs after one that asked for this: it denies, revokes, redirects,
    /// or makes no sense.
    static boolean isLast(Effect effect) {
        return switch (effect) {
            case Effect.Malformed _,
                    Effect.Deny _,
                    Effect.Invalidate _,
                    Effect.RevokeSession _,
                    Effect.RevokeRefreshToken _,
                    Effect.Redirect _ ->
                    true;
            case Effect.AddScope(var scope) -> !isScope(scope);
            case Effect.RemoveScope(var scope) -> !isScope(scope);
            case Effect.SetIdTokenClaim _,
                    Effect.SetAccessTokenClaim _,
                    Effect.SetSessionExpiresAt _,
                    Effect.SetSessionIdleExpiresAt _,
                    Effect.SetCookieMode _,
                    Effect.EditSessionMetadata _,
                    Effect.SetRefreshTokenExpiresAt _,
                    Effect.SetRefreshTokenIdleExpiresAt _,
                    Effect.EditRefreshTokenMetadata _,
                    Effect.SetAppMetadata _,
                    Effect.SetUserMetadata _,
                    Effect.SetTransactionMetadata _ ->
                    false;
        };
    }

    private static Optional<String> problem(List<Effect> effects, Facts facts) {
        return effects.stream()
                .map(effect -> problem(effect, facts))
                .flatMap(Optional::stream)
                .findFirst()
                .or(() -> metadataProblem("session", sessionMetadata(effects, facts)))
                .or(() -> metadataProblem("refresh token", refreshTokenMetadata(effects, facts)))
                .or(() -> CustomClaims.problem(idTokenClaims(effects)))
                .or(() -> CustomClaims.problem(accessTokenClaims(effects)));
    }

    private static Optional<String> problem(Effect effect, Facts facts) {
        return switch (effect) {
            case Effect.Malformed(var text) -> Optional.of(text);
            case Effect.Invalidate(var code, _) when !isErrorCode(code) ->
                    Optional.of("not an error code: '" + code + "'");
            case Effect.AddScope(var scope) when !isScope(scope) ->
                    Optional.of("not a scope: '" + scope + "'");
            // Of two scopes in one text, neither would be removed.
            case Effect.RemoveScope(var scope) when !isScope(scope) ->
                    Optional.of("not a scope: '" + scope + "'");
            case Effect.RevokeRefreshToken _ when !facts.refreshToken().isPresented() ->
                    Optional.of("there is no refresh token to revoke");
            case Effect.RevokeSession _ when facts.session().isEmpty() ->
                    Optional.of("there is no session to revoke");
            default -> Optional.empty();
        };
    }

    private static Optional<String> metadataProblem(
            String whose, Optional<SortedMap<String, String>> metadata) {
        return metadata.flatMap(MetadataEdit::problem)
                .map(text -> "Failed to set " + whose + " metadata: Invalid metadata: " + text);
    }

    /// The first one tells why; every revocation happens, wherever it was asked for.
    private static Optional<Ruling> denial(List<Effect> effects) {
        var ends = ends(effects);
        return effects.stream()
                .map(effect -> denial(effect, ends))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Set<Ends> ends(List<Effect> effects) {
        var ends = EnumSet.noneOf(Ends.class);
        for (var effect : effects) {
            switch (effect) {
                case Effect.RevokeRefreshToken _ -> ends.add(Ends.REFRESH_TOKEN);
                case Effect.RevokeSession(_, var preserves) ->
                        ends.add(preserves ? Ends.SESSION : Ends.SESSION_WITH_TOKENS);
                default -> {}
            }
        }
        if (ends.contains(Ends.SESSION_WITH_TOKENS)) ends.remove(Ends.SESSION);
        return ends;
    }

    private static Optional<Ruling> denial(Effect effect, Set<Ends> ends) {
        return switch (effect) {
            case Effect.Deny(var reason) -> denied(ACCESS_DENIED, reason, ends);
            case Effect.RevokeSession(var reason, _) -> denied(ACCESS_DENIED, reason, ends);
            case Effect.RevokeRefreshToken(var reason) -> denied(ACCESS_DENIED, reason, ends);
            case Effect.Invalidate(var code, var message) -> denied(code, message, ends);
            default -> Optional.empty();
        };
    }

    private static Optional<Ruling> denied(String error, String description, Set<Ends> ends) {
        return Optional.of(new Ruling.Denied(error, description, true, ends));
    }

    private static Optional<Ruling> redirect(List<Effect> effects) {
        return effects.stream()
                .filter(Effect.Redirect.class::isInstance)
                .map(Effect.Redirect.class::cast)
                .<Ruling>map(it -> new Ruling.Redirected(it.url()))
                .reduce((_, last) -> last);
    }

    private static Ruling.Terms terms(List<Effect> effects, Facts facts) {
        var warnings = new ArrayList<String>();
        var added = new TreeSet<String>();
        var removed = new TreeSet<String>();
        Optional<Boolean> persistent = Optional.empty();
        for (var effect : effects) {
            switch (effect) {
                case Effect.AddScope(var scope) -> {
                    added.add(scope);
                    removed.remove(scope);
                }
                case Effect.RemoveScope(var scope) -> {
                    removed.add(scope);
                    added.remove(scope);
                }
                case Effect.SetCookieMode(var mode) -> persistent = Optional.of(mode);
                default -> {}
            }
        }
        var session = facts.session();
        var refreshToken = facts.refreshToken();
        return new Ruling.Terms(
                added,
                removed,
                CustomClaims.allowed(idTokenClaims(effects), _ -> true, warnings),
                CustomClaims.allowed(accessTokenClaims(effects), allowedFor(facts), warnings),
                session.flatMap(
                        it ->
                                capped(
                                        earliest(effects, Rule::sessionEnd),
                                        Optional.of(it.latestEnd()),
                                        "a session expiry",
                                        warnings)),
                session.flatMap(
                        it ->
                                capped(
                                        earliest(effects, Rule::sessionIdleEnd),
                                        Optional.of(it.latestIdleEnd()),
                                        "an idle session expiry",
                                        warnings)),
                persistent.filter(_ -> session.isPresent()),
                sessionMetadata(effects, facts),
                capped(
                        earliest(effects, Rule::refreshTokenEnd),
                        refreshToken.latestEnd(),
                        "a refresh token expiry",
                        warnings),
                capped(
                        earliest(effects, Rule::refreshTokenIdleEnd),
                        refreshToken.latestIdleEnd(),
                        "an idle refresh token expiry",
                        warnings),
                refreshTokenMetadata(effects, facts),
                List.copyOf(warnings));
    }

    /// Contract authentication-api §8.4: the tenant's own API takes only claims that can't be
    /// mistaken for its own.
    private static Predicate<String> allowedFor(Facts facts) {
        return name -> !facts.isForManagementApi() || CustomClaims.isNamespaced(name);
    }

    private interface End {
        Optional<Instant> of(Effect effect);
    }

    private static Optional<Instant> earliest(List<Effect> effects, End end) {
        return effects.stream().map(end::of).flatMap(Optional::stream).min(Instant::compareTo);
    }

    private static Optional<Instant> sessionEnd(Effect effect) {
        return effect instanceof Effect.SetSessionExpiresAt(var at)
                ? Optional.of(at)
                : Optional.empty();
    }

    private static Optional<Instant> sessionIdleEnd(Effect effect) {
        return effect instanceof Effect.SetSessionIdleExpiresAt(var at)
                ? Optional.of(at)
                : Optional.empty();
    }

    private static Optional<Instant> refreshTokenEnd(Effect effect) {
        return effect instanceof Effect.SetRefreshTokenExpiresAt(var at)
                ? Optional.of(at)
                : Optional.empty();
    }

    private static Optional<Instant> refreshTokenIdleEnd(Effect effect) {
        return effect instanceof Effect.SetRefreshTokenIdleExpiresAt(var at)
                ? Optional.of(at)
                : Optional.empty();
    }

    private static Optional<Instant> capped(
            Optional<Instant> asked, Optional<Instant> latest, String what, List<String> warnings) {
        if (asked.isEmpty() || latest.isEmpty() || !asked.get().isAfter(latest.get())) return asked;
        warnings.add("An Action asked for " + what + " beyond the maximum; it was capped.");
        return latest;
    }

    private static Optional<SortedMap<String, String>> sessionMetadata(
            List<Effect> effects, Facts facts) {
        var edits =
                effects.stream()
                        .filter(Effect.EditSessionMetadata.class::isInstance)
                        .map(it -> ((Effect.EditSessionMetadata) it).edit())
                        .toList();
        return facts.session().flatMap(session -> edited(session.metadata(), edits));
    }

    private static Optional<SortedMap<String, String>> refreshTokenMetadata(
            List<Effect> effects, Facts facts) {
        var edits =
                effects.stream()
                        .filter(Effect.EditRefreshTokenMetadata.class::isInstance)
                        .map(it -> ((Effect.EditRefreshTokenMetadata) it).edit())
                        .toList();
        return edited(facts.refreshToken().metadata(), edits);
    }

    private static Optional<SortedMap<String, String>> edited(
            SortedMap<String, String> metadata, List<MetadataEdit> edits) {
        if (edits.isEmpty()) return Optional.empty();
        var changed = metadata;
        for (var edit : edits) changed = edit.on(changed);
        return Optional.of(changed);
    }

    private static SortedMap<String, String> idTokenClaims(List<Effect> effects) {
        var claims = new TreeMap<String, String>();
        for (var effect : effects)
            if (effect instanceof Effect.SetIdTokenClaim(var name, var value))
                set(claims, name, value);
        return claims;
    }

    private static SortedMap<String, String> accessTokenClaims(List<Effect> effects) {
        var claims = new TreeMap<String, String>();
        for (var effect : effects)
            if (effect instanceof Effect.SetAccessTokenClaim(var name, var value))
                set(claims, name, value);
        return claims;
    }

    private static void set(SortedMap<String, String> claims, String name, Optional<String> value) {
        value.ifPresentOrElse(json -> claims.put(name, json), () -> claims.remove(name));
    }

    /// RFC 6749 §3.3.
    private static boolean isScope(String text) {
        return !text.isEmpty()
                && text.chars().allMatch(c -> c > 0x20 && c < 0x7f && c != '"' && c != '\\');
    }

    /// RFC 6749 §5.2, without spaces.
    static boolean isErrorCode(String text) {
        return isScope(text) && text.length() <= 100;
    }
}
