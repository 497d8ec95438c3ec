package segue.domain.action;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.stream.Collectors.toMap;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.action.Effect.AddScope;
import segue.domain.action.Effect.Deny;
import segue.domain.action.Effect.EditRefreshTokenMetadata;
import segue.domain.action.Effect.EditSessionMetadata;
import segue.domain.action.Effect.Invalidate;
import segue.domain.action.Effect.Malformed;
import segue.domain.action.Effect.Redirect;
import segue.domain.action.Effect.RemoveScope;
import segue.domain.action.Effect.RevokeRefreshToken;
import segue.domain.action.Effect.RevokeSession;
import segue.domain.action.Effect.SetAccessTokenClaim;
import segue.domain.action.Effect.SetAppMetadata;
import segue.domain.action.Effect.SetCookieMode;
import segue.domain.action.Effect.SetIdTokenClaim;
import segue.domain.action.Effect.SetRefreshTokenExpiresAt;
import segue.domain.action.Effect.SetRefreshTokenIdleExpiresAt;
import segue.domain.action.Effect.SetSessionExpiresAt;
import segue.domain.action.Effect.SetSessionIdleExpiresAt;
import segue.domain.action.Effect.SetTransactionMetadata;
import segue.domain.action.Effect.SetUserMetadata;
import segue.domain.action.MetadataEdit.Delete;
import segue.domain.action.MetadataEdit.Evict;
import segue.domain.action.MetadataEdit.Put;
import segue.domain.action.Rule.Facts;
import segue.domain.action.Rule.RefreshTokenFacts;
import segue.domain.action.Rule.SessionFacts;
import segue.domain.action.Ruling.Allowed;
import segue.domain.action.Ruling.Denied;
import segue.domain.action.Ruling.Ends;
import segue.domain.action.Ruling.Redirected;
import segue.domain.action.Ruling.Terms;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/// What Actions ask for in every order (contract actions §4, authentication-api §8.4), beside an
/// oracle that was written from the contract and not from the code; then each rule by itself.
class RuleTest {
    private static final Instant SOON = Instant.parse("2026-03-02T09:15:07Z");
    private static final Instant LATER = SOON.plusSeconds(60);

    /// The latest that the tenant allows.
    private static final Instant END = SOON.plusSeconds(3600);

    private static final Instant BEYOND = END.plusMillis(1);
    private static final String NAMESPACED = "https://shop.example/tier";

    /// Two of it are too much for one token, by bytes but not by characters.
    private static final String LARGE = "\"" + "é".repeat(30_000) + "\"";

    private static final List<Effect> EFFECTS =
            List.of(
                    new Deny("not today"),
                    new Invalidate("mfa_missing", "enrol first"),
                    new Invalidate("mfa missing", "enrol first"),
                    new SetIdTokenClaim("tier", Optional.of("\"gold\"")),
                    new SetIdTokenClaim("tier", Optional.empty()),
                    new SetIdTokenClaim("sub", Optional.of("\"auth0|lee\"")),
                    new SetIdTokenClaim("https://eu.auth0.com/tier", Optional.of("1")),
                    new SetIdTokenClaim("https://eu.auth0.com/tier", Optional.empty()),
                    new SetAccessTokenClaim("tier", Optional.of(LARGE)),
                    new SetAccessTokenClaim("tier", Optional.of("\"gold\"")),
                    new SetAccessTokenClaim(NAMESPACED, Optional.of(LARGE)),
                    new SetAccessTokenClaim(NAMESPACED, Optional.empty()),
                    new SetAccessTokenClaim("aud", Optional.of("\"other\"")),
                    new SetAccessTokenClaim("", Optional.of("1")),
                    new AddScope("read:orders"),
                    new AddScope("profile"),
                    new AddScope("read:orders profile"),
                    new RemoveScope("profile"),
                    new RemoveScope(""),
                    new SetSessionExpiresAt(SOON),
                    new SetSessionExpiresAt(BEYOND),
                    new SetSessionIdleExpiresAt(END),
                    new SetSessionIdleExpiresAt(BEYOND),
                    new SetCookieMode(true),
                    new SetCookieMode(false),
                    new RevokeSession("stolen", true),
                    new RevokeSession("left", false),
                    new EditSessionMetadata(new Put("new", "1")),
                    new EditSessionMetadata(new Put("k1", "changed")),
                    new EditSessionMetadata(new Put("k 1", "changed")),
                    new EditSessionMetadata(new Delete("k1")),
                    new EditSessionMetadata(new Evict()),
                    new SetRefreshTokenExpiresAt(SOON),
                    new SetRefreshTokenExpiresAt(BEYOND),
                    new SetRefreshTokenIdleExpiresAt(LATER),
                    new SetRefreshTokenIdleExpiresAt(BEYOND),
                    new RevokeRefreshToken("cloned"),
                    new EditRefreshTokenMetadata(new Put("new", "1")),
                    new EditRefreshTokenMetadata(new Put("k1", "x".repeat(256))),
                    new EditRefreshTokenMetadata(new Delete("k1")),
                    new EditRefreshTokenMetadata(new Evict()),
                    new SetAppMetadata("a", Optional.of("1")),
                    new SetUserMetadata("a", Optional.empty()),
                    new SetTransactionMetadata("a", Optional.of("1")),
                    new Redirect("https://shop.example/terms"),
                    new Redirect("https://shop.example/captcha"),
                    new Malformed("api.access.deny takes a text"));

    private static final List<Facts> FACTS = everyFacts();

    private static List<Facts> everyFacts() {
        var every = new ArrayList<Facts>();
        var both = List.of(true, false);
        for (var hasSession : both)
            for (var isPresented : both)
                for (var isFinite : both)
                    for (var isManagement : both)
                        every.add(facts(hasSession, isPresented, isFinite, isManagement));
        return every;
    }

    /// A session whose metadata are full, so that its first new entry is one too many.
    private static Facts facts(
            boolean hasSession, boolean isPresented, boolean isFinite, boolean isManagement) {
        var latest = isFinite ? Optional.of(END) : Optional.<Instant>empty();
        var session = new SessionFacts(entries(25), END, END);
        return new Facts(
                hasSession ? Optional.of(session) : Optional.empty(),
                new RefreshTokenFacts(isPresented, entries(24), latest, latest),
                isManagement);
    }

    private static SortedMap<String, String> entries(int number) {
        var metadata = new TreeMap<String, String>();
        for (var i = 1; i <= number; i++) metadata.put("k" + i, "");
        return metadata;
    }

    private static final Facts BROWSER = facts(true, false, true, false);
    private static final Facts REFRESH = facts(true, true, true, false);
    private static final Facts PASSWORD = facts(false, false, true, false);
    private static final Facts MANAGEMENT = facts(true, false, true, true);

    // The oracle: each field by itself, as the last word, the first word or the least of all that
    // was said about it. What was said before is looked up backwards; nothing is carried forward.

    private static <T, R> List<R> all(
            List<Effect> effects, Class<T> kind, Function<T, R> component) {
        return effects.stream().filter(kind::isInstance).map(kind::cast).map(component).toList();
    }

    private static <T> Optional<T> last(List<T> list) {
        return list.isEmpty() ? Optional.empty() : Optional.of(list.getLast());
    }

    private record Claim(String name, Optional<String> value) {}

    private static SortedMap<String, String> claims(List<Claim> calls) {
        var lastWords =
                calls.stream().collect(toMap(Claim::name, Claim::value, (_, later) -> later));
        var claims = new TreeMap<String, String>();
        lastWords.forEach((name, word) -> word.ifPresent(json -> claims.put(name, json)));
        return claims;
    }

    private static SortedMap<String, String> idToken(List<Effect> effects) {
        return claims(all(effects, SetIdTokenClaim.class, it -> new Claim(it.name(), it.value())));
    }

    private static SortedMap<String, String> accessToken(List<Effect> effects) {
        return claims(
                all(effects, SetAccessTokenClaim.class, it -> new Claim(it.name(), it.value())));
    }

    private static SortedMap<String, String> onlySome(
            SortedMap<String, String> claims, boolean onlyNamespaced) {
        var some = new TreeMap<>(claims);
        some.keySet().removeAll(Set.of("sub", "aud"));
        if (onlyNamespaced) some.keySet().retainAll(Set.of(NAMESPACED));
        return some;
    }

    private static Optional<SortedMap<String, String>> metadata(
            SortedMap<String, String> before, List<MetadataEdit> edits) {
        if (edits.isEmpty()) return Optional.empty();
        var keys = new TreeSet<>(before.keySet());
        for (var edit : edits) if (edit instanceof Put(var key, _)) keys.add(key);
        var after = new TreeMap<String, String>();
        for (var key : keys) lastWord(key, before, edits).ifPresent(value -> after.put(key, value));
        return Optional.of(after);
    }

    private static Optional<String> lastWord(
            String key, SortedMap<String, String> before, List<MetadataEdit> edits) {
        for (var edit : edits.reversed()) {
            if (edit instanceof Put(var it, var value) && it.equals(key)) return Optional.of(value);
            if (edit instanceof Evict || edit.equals(new Delete(key))) return Optional.empty();
        }
        return Optional.ofNullable(before.get(key));
    }

    private static Optional<SortedMap<String, String>> sessionMetadata(
            List<Effect> effects, Facts facts) {
        return facts.session()
                .flatMap(
                        it ->
                                metadata(
                                        it.metadata(),
                                        all(
                                                effects,
                                                EditSessionMetadata.class,
                                                EditSessionMetadata::edit)));
    }

    private static Optional<SortedMap<String, String>> refreshTokenMetadata(
            List<Effect> effects, Facts facts) {
        var edits = all(effects, EditRefreshTokenMetadata.class, EditRefreshTokenMetadata::edit);
        return metadata(facts.refreshToken().metadata(), edits);
    }

    private static boolean isInvalid(Optional<SortedMap<String, String>> metadata) {
        var entries = metadata.orElse(new TreeMap<>());
        return entries.size() >= 26
                || entries.keySet().stream().anyMatch(it -> !it.matches("[A-Za-z0-9_-]{1,255}"))
                || entries.values().stream().anyMatch(it -> it.length() >= 256);
    }

    private static final Map<String, Integer> BYTES = new HashMap<>();

    private static int bytes(String text) {
        return BYTES.computeIfAbsent(
                text, it -> it.codePoints().map(c -> c < 0x80 ? 1 : c < 0x800 ? 2 : 4).sum());
    }

    private static int bytes(SortedMap<String, String> claims) {
        var sum = 0;
        for (var claim : claims.entrySet()) sum += bytes(claim.getKey()) + bytes(claim.getValue());
        return sum;
    }

    /// The beginnings of all that is wrong.
    private static Set<String> problems(List<Effect> effects, Facts facts) {
        var problems = new HashSet<String>();
        if (effects.contains(new Malformed("api.access.deny takes a text")))
            problems.add("api.access.deny takes a text");
        if (effects.contains(new Invalidate("mfa missing", "enrol first")))
            problems.add("not an error code: 'mfa missing'");
        if (effects.contains(new AddScope("read:orders profile")))
            problems.add("not a scope: 'read:orders profile'");
        if (effects.contains(new RemoveScope(""))) problems.add("not a scope: ''");
        var kinds = new HashSet<>(effects.stream().map(Effect::getClass).toList());
        if (kinds.contains(RevokeSession.class) && facts.session().isEmpty())
            problems.add("there is no session to revoke");
        if (kinds.contains(RevokeRefreshToken.class) && !facts.refreshToken().isPresented())
            problems.add("there is no refresh token to revoke");
        if (isInvalid(sessionMetadata(effects, facts)))
            problems.add("Failed to set session metadata: Invalid metadata: ");
        if (isInvalid(refreshTokenMetadata(effects, facts)))
            problems.add("Failed to set refresh token metadata: Invalid metadata: ");
        if (idToken(effects).containsKey("https://eu.auth0.com/tier"))
            problems.add("a custom claim can't be named 'https://eu.auth0.com/tier'");
        if (accessToken(effects).containsKey("")) problems.add("a custom claim can't be named ''");
        if (bytes(accessToken(effects)) > 100_000)
            problems.add("the custom claims of a token exceed 100000 bytes");
        return problems;
    }

    private static Set<Ends> ends(List<Effect> effects) {
        var preserves = all(effects, RevokeSession.class, RevokeSession::preservesRefreshTokens);
        var ends = new HashSet<Ends>();
        if (!preserves.isEmpty())
            ends.add(preserves.contains(false) ? Ends.SESSION_WITH_TOKENS : Ends.SESSION);
        if (effects.contains(new RevokeRefreshToken("cloned"))) ends.add(Ends.REFRESH_TOKEN);
        return ends;
    }

    private static final Map<Effect, List<String>> REASONS =
            Map.of(
                    new Deny("not today"), List.of("access_denied", "not today"),
                    new Invalidate("mfa_missing", "enrol first"),
                            List.of("mfa_missing", "enrol first"),
                    new RevokeSession("stolen", true), List.of("access_denied", "stolen"),
                    new RevokeSession("left", false), List.of("access_denied", "left"),
                    new RevokeRefreshToken("cloned"), List.of("access_denied", "cloned"));

    private static Optional<Instant> least(List<Instant> asked, Optional<Instant> latest) {
        if (asked.isEmpty()) return Optional.empty();
        return Stream.concat(asked.stream(), latest.stream()).sorted().findFirst();
    }

    private static Ruling oracle(List<Effect> effects, Facts facts) {
        for (var effect : effects)
            if (REASONS.containsKey(effect)) {
                var reason = REASONS.get(effect);
                return new Denied(reason.get(0), reason.get(1), true, ends(effects));
            }
        var urls = all(effects, Redirect.class, Redirect::url);
        if (!urls.isEmpty()) return new Redirected(urls.getLast());
        return new Allowed(terms(effects, facts));
    }

    private static Terms terms(List<Effect> effects, Facts facts) {
        var hasSession = facts.session().isPresent();
        var end = facts.refreshToken().latestEnd();
        var warnings = new ArrayList<String>();
        var sessionEnds = all(effects, SetSessionExpiresAt.class, SetSessionExpiresAt::at);
        var sessionIdle = all(effects, SetSessionIdleExpiresAt.class, SetSessionIdleExpiresAt::at);
        var tokenEnds = all(effects, SetRefreshTokenExpiresAt.class, SetRefreshTokenExpiresAt::at);
        var tokenIdle =
                all(effects, SetRefreshTokenIdleExpiresAt.class, SetRefreshTokenIdleExpiresAt::at);
        if (hasSession && Set.copyOf(sessionEnds).equals(Set.of(BEYOND)))
            warnings.add(beyond("a session expiry"));
        if (hasSession && Set.copyOf(sessionIdle).equals(Set.of(BEYOND)))
            warnings.add(beyond("an idle session expiry"));
        if (end.isPresent() && Set.copyOf(tokenEnds).equals(Set.of(BEYOND)))
            warnings.add(beyond("a refresh token expiry"));
        if (end.isPresent() && Set.copyOf(tokenIdle).equals(Set.of(BEYOND)))
            warnings.add(beyond("an idle refresh token expiry"));
        var idToken = onlySome(idToken(effects), false);
        var accessToken = onlySome(accessToken(effects), facts.isForManagementApi());
        for (var name : idToken(effects).keySet())
            if (!idToken.containsKey(name)) warnings.add(reserved(name));
        for (var name : accessToken(effects).keySet())
            if (!accessToken.containsKey(name)) warnings.add(reserved(name));
        var scopes =
                effects.stream()
                        .filter(it -> it instanceof AddScope || it instanceof RemoveScope)
                        .collect(
                                toMap(
                                        it ->
                                                it instanceof AddScope(var scope)
                                                        ? scope
                                                        : ((RemoveScope) it).scope(),
                                        it -> it instanceof AddScope,
                                        (_, later) -> later));
        var added = new TreeSet<>(scopes.keySet());
        added.removeIf(it -> !scopes.getOrDefault(it, false));
        var removed = new TreeSet<>(scopes.keySet());
        removed.removeAll(added);
        return new Terms(
                added,
                removed,
                idToken,
                accessToken,
                hasSession ? least(sessionEnds, Optional.of(END)) : Optional.empty(),
                hasSession ? least(sessionIdle, Optional.of(END)) : Optional.empty(),
                hasSession
                        ? last(all(effects, SetCookieMode.class, SetCookieMode::persistent))
                        : Optional.empty(),
                sessionMetadata(effects, facts),
                least(tokenEnds, end),
                least(tokenIdle, end),
                refreshTokenMetadata(effects, facts),
                warnings);
    }

    private static String beyond(String what) {
        return "An Action asked for " + what + " beyond the maximum; it was capped.";
    }

    private static String reserved(String name) {
        return "An Action set the claim '" + name + "', which is left out: the name is reserved.";
    }

    /// The contract has no order of warnings.
    private static Ruling sorted(Ruling ruling) {
        if (!(ruling instanceof Allowed(var terms))) return ruling;
        return new Allowed(
                new Terms(
                        terms.addedScopes(),
                        terms.removedScopes(),
                        terms.idTokenClaims(),
                        terms.accessTokenClaims(),
                        terms.sessionExpiresAt(),
                        terms.sessionIdleExpiresAt(),
                        terms.persistentCookie(),
                        terms.sessionMetadata(),
                        terms.refreshTokenExpiresAt(),
                        terms.refreshTokenIdleExpiresAt(),
                        terms.refreshTokenMetadata(),
                        terms.warnings().stream().sorted(Comparator.naturalOrder()).toList()));
    }

    private static void check(List<Effect> effects, Facts facts) {
        var ruling = Rule.decide(effects, facts);
        var problems = problems(effects, facts);
        var expected =
                problems.isEmpty()
                        ? sorted(oracle(effects, facts))
                        : refused(theOneOf(problems, ruling));
        assertThat(sorted(ruling)).as("%s %s", effects, facts).isEqualTo(expected);
    }

    /// The contract doesn't say which of several problems is told.
    private static String theOneOf(Set<String> problems, Ruling ruling) {
        var told = ruling instanceof Denied denied ? denied.description() : "";
        return problems.stream().anyMatch(told::startsWith) ? told : "one of " + problems;
    }

    @Test
    void everyKindOfEffectIsAmongThoseThatAreTried() {
        var kinds = new HashSet<Class<?>>();
        for (var effect : EFFECTS) kinds.add(effect.getClass());
        assertThat(kinds).isEqualTo(Set.of(Effect.class.getPermittedSubclasses()));
    }

    @Test
    void twoEffectsInEveryOrderComeToWhatTheContractSays() {
        for (var facts : FACTS) {
            check(List.of(), facts);
            for (var first : EFFECTS) {
                check(List.of(first), facts);
                for (var second : EFFECTS) check(List.of(first, second), facts);
            }
        }
    }

    /// Limits and the Management API have nothing to do with each other: half of the facts will do.
    @Test
    void threeEffectsInEveryOrderComeToWhatTheContractSays() {
        for (var facts : FACTS) {
            if (facts.refreshToken().latestEnd().isPresent() == facts.isForManagementApi())
                continue;
            for (var first : EFFECTS)
                for (var second : EFFECTS)
                    for (var third : EFFECTS) check(List.of(first, second, third), facts);
        }
    }

    /// Mostly without what ends it, or hardly a long one would come to more than a denial.
    @RepeatedTest(20)
    void manyEffectsInAnyOrderComeToWhatTheContractSays(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        for (var i = 0; i < 5_000; i++) {
            var facts = FACTS.get(random.nextInt(FACTS.size()));
            var effects =
                    random.ints(4 + random.nextInt(9), 0, EFFECTS.size())
                            .mapToObj(EFFECTS::get)
                            .filter(it -> random.nextInt(10) == 0 || goesOn(it, facts))
                            .toList();
            check(effects, facts);
        }
    }

    private static boolean goesOn(Effect effect, Facts facts) {
        var alone = List.of(effect);
        return problems(alone, facts).isEmpty() && oracle(alone, facts) instanceof Allowed;
    }

    // Each rule by itself.

    private static Terms allowed(Facts facts, Effect... effects) {
        var ruling = Rule.decide(List.of(effects), facts);
        assertThat(ruling).isInstanceOf(Allowed.class);
        return ((Allowed) ruling).terms();
    }

    private static Denied denied(Facts facts, Effect... effects) {
        var ruling = Rule.decide(List.of(effects), facts);
        assertThat(ruling).isInstanceOf(Denied.class);
        return (Denied) ruling;
    }

    private static Denied refused(String description) {
        return new Denied("access_denied", description, false, Set.of());
    }

    private static SetIdTokenClaim inIdToken(String name) {
        return new SetIdTokenClaim(name, Optional.of("1"));
    }

    private static SetAccessTokenClaim inAccessToken(String name) {
        return new SetAccessTokenClaim(name, Optional.of("1"));
    }

    @Test
    void whereNothingIsAskedForNothingChanges() {
        assertThat(allowed(BROWSER))
                .isEqualTo(
                        new Terms(
                                Set.of(),
                                Set.of(),
                                new TreeMap<>(),
                                new TreeMap<>(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                List.of()));
    }

    @Test
    void theEarliestOfSeveralExpiriesWins() {
        var terms =
                allowed(
                        REFRESH,
                        new SetSessionExpiresAt(LATER),
                        new SetSessionExpiresAt(SOON),
                        new SetSessionExpiresAt(BEYOND),
                        new SetSessionIdleExpiresAt(SOON),
                        new SetSessionIdleExpiresAt(LATER),
                        new SetRefreshTokenExpiresAt(BEYOND),
                        new SetRefreshTokenExpiresAt(LATER),
                        new SetRefreshTokenIdleExpiresAt(SOON),
                        new SetRefreshTokenIdleExpiresAt(BEYOND));
        assertThat(terms.sessionExpiresAt()).hasValue(SOON);
        assertThat(terms.sessionIdleExpiresAt()).hasValue(SOON);
        assertThat(terms.refreshTokenExpiresAt()).hasValue(LATER);
        assertThat(terms.refreshTokenIdleExpiresAt()).hasValue(SOON);
        assertThat(terms.warnings()).isEmpty();
    }

    @Test
    void anExpiryBeyondTheMaximumIsCappedWithAWarning() {
        var terms =
                allowed(
                        BROWSER,
                        new SetSessionExpiresAt(BEYOND),
                        new SetSessionIdleExpiresAt(BEYOND),
                        new SetRefreshTokenExpiresAt(BEYOND),
                        new SetRefreshTokenIdleExpiresAt(BEYOND));
        assertThat(terms.sessionExpiresAt()).hasValue(END);
        assertThat(terms.sessionIdleExpiresAt()).hasValue(END);
        assertThat(terms.refreshTokenExpiresAt()).hasValue(END);
        assertThat(terms.refreshTokenIdleExpiresAt()).hasValue(END);
        assertThat(terms.warnings())
                .containsExactly(
                        "An Action asked for a session expiry beyond the maximum; it was capped.",
                        "An Action asked for an idle session expiry beyond the maximum; it was"
                                + " capped.",
                        "An Action asked for a refresh token expiry beyond the maximum; it was"
                                + " capped.",
                        "An Action asked for an idle refresh token expiry beyond the maximum; it"
                                + " was capped.");
    }

    @Test
    void theMaximumItselfIsNotCapped() {
        var terms =
                allowed(BROWSER, new SetSessionExpiresAt(END), new SetRefreshTokenExpiresAt(END));
        assertThat(terms.sessionExpiresAt()).hasValue(END);
        assertThat(terms.refreshTokenExpiresAt()).hasValue(END);
        assertThat(terms.warnings()).isEmpty();
    }

    @Test
    void aRefreshTokenThatNeverExpiresMayBeMadeToExpire() {
        var terms =
                allowed(
                        facts(true, true, false, false),
                        new SetRefreshTokenExpiresAt(BEYOND),
                        new SetRefreshTokenIdleExpiresAt(LATER));
        assertThat(terms.refreshTokenExpiresAt()).hasValue(BEYOND);
        assertThat(terms.refreshTokenIdleExpiresAt()).hasValue(LATER);
        assertThat(terms.warnings()).isEmpty();
    }

    @Test
    void theLastCookieModeWins() {
        assertThat(
                        allowed(BROWSER, new SetCookieMode(true), new SetCookieMode(false))
                                .persistentCookie())
                .hasValue(false);
        assertThat(
                        allowed(BROWSER, new SetCookieMode(false), new SetCookieMode(true))
                                .persistentCookie())
                .hasValue(true);
    }

    @Test
    void withoutASessionWhatIsAskedForOfItIsIgnored() {
        var terms =
                allowed(
                        PASSWORD,
                        new SetCookieMode(true),
                        new SetSessionExpiresAt(BEYOND),
                        new SetSessionIdleExpiresAt(SOON),
                        new EditSessionMetadata(new Put("a", "b")));
        assertThat(terms).isEqualTo(allowed(PASSWORD));
    }

    @Test
    void metadataAreEditedInOrder() {
        var terms =
                allowed(
                        REFRESH,
                        new EditSessionMetadata(new Put("lost", "1")),
                        new EditSessionMetadata(new Evict()),
                        new EditSessionMetadata(new Put("a", "1")),
                        new EditSessionMetadata(new Put("b", "2")),
                        new EditSessionMetadata(new Put("a", "3")),
                        new EditSessionMetadata(new Delete("b")),
                        new EditRefreshTokenMetadata(new Evict()),
                        new EditRefreshTokenMetadata(new Delete("c")),
                        new EditRefreshTokenMetadata(new Put("c", "4")));
        assertThat(terms.sessionMetadata()).hasValue(new TreeMap<>(Map.of("a", "3")));
        assertThat(terms.refreshTokenMetadata()).hasValue(new TreeMap<>(Map.of("c", "4")));
    }

    @Test
    void metadataThatViolateALimitFailTheSignIn() {
        assertThat(denied(BROWSER, new EditSessionMetadata(new Put("k26", ""))))
                .isEqualTo(
                        refused(
                                "Failed to set session metadata: Invalid metadata: more than 25"
                                        + " entries"));
        assertThat(denied(BROWSER, new EditSessionMetadata(new Put("k1", "x".repeat(256)))))
                .isEqualTo(
                        refused(
                                "Failed to set session metadata: Invalid metadata: a key or value"
                                        + " is longer than 255 characters"));
        assertThat(denied(BROWSER, new EditRefreshTokenMetadata(new Put("trust!", "high"))))
                .isEqualTo(
                        refused(
                                "Failed to set refresh token metadata: Invalid metadata: a key"
                                        + " consists of letters, digits, '_' and '-'"));
    }

    @Test
    void metadataMayBeFullInTheEnd() {
        var terms =
                allowed(
                        BROWSER,
                        new EditSessionMetadata(new Put("k26", "x".repeat(255))),
                        new EditSessionMetadata(new Delete("k1")),
                        new EditRefreshTokenMetadata(new Put("K_-9", "")));
        assertThat(terms.sessionMetadata().orElseThrow()).hasSize(25).containsKey("k26");
        assertThat(terms.refreshTokenMetadata().orElseThrow()).hasSize(25).containsKey("K_-9");
    }

    @Test
    void aDenialTellsItsReasonAndKeepsTheChangesOfTheUser() {
        assertThat(
                        denied(
                                BROWSER,
                                new SetUserMetadata("a", Optional.of("1")),
                                new Deny("country changed")))
                .isEqualTo(new Denied("access_denied", "country changed", true, Set.of()));
    }

    @Test
    void anErrorOfAnActionsOwnHasItsOwnCode() {
        assertThat(denied(BROWSER, new Invalidate("mfa_missing", "enrol first")))
                .isEqualTo(new Denied("mfa_missing", "enrol first", true, Set.of()));
        var longest = "x".repeat(100);
        assertThat(denied(BROWSER, new Invalidate(longest, "m")).error()).isEqualTo(longest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "two words", "quote\"", "back\\slash", "ümlaut", "line\n", "\u007f"})
    void whatIsNoErrorCodeDenies(String code) {
        assertThat(denied(BROWSER, new Invalidate(code, "m")))
                .isEqualTo(refused("not an error code: '" + code + "'"));
    }

    @Test
    void anErrorCodeHas100CharactersAtMost() {
        assertThat(denied(BROWSER, new Invalidate("x".repeat(101), "m")).keepsUserChanges())
                .isFalse();
    }

    @Test
    void theFirstDenialTellsWhy() {
        assertThat(denied(REFRESH, new Deny("first"), new Invalidate("second", "second")))
                .isEqualTo(new Denied("access_denied", "first", true, Set.of()));
        assertThat(denied(REFRESH, new Invalidate("first", "first"), new Deny("second")))
                .isEqualTo(new Denied("first", "first", true, Set.of()));
    }

    @Test
    void aRevocationDeniesWithItsReason() {
        assertThat(denied(BROWSER, new RevokeSession("stolen", false)))
                .isEqualTo(
                        new Denied(
                                "access_denied", "stolen", true, Set.of(Ends.SESSION_WITH_TOKENS)));
        assertThat(denied(BROWSER, new RevokeSession("stolen", true)))
                .isEqualTo(new Denied("access_denied", "stolen", true, Set.of(Ends.SESSION)));
        assertThat(denied(REFRESH, new RevokeRefreshToken("cloned")))
                .isEqualTo(new Denied("access_denied", "cloned", true, Set.of(Ends.REFRESH_TOKEN)));
    }

    @Test
    void aRevocationHappensWhereverItWasAskedFor() {
        assertThat(
                        denied(
                                REFRESH,
                                new Deny("first"),
                                new RevokeSession("stolen", true),
                                new RevokeRefreshToken("cloned")))
                .isEqualTo(
                        new Denied(
                                "access_denied",
                                "first",
                                true,
                                Set.of(Ends.SESSION, Ends.REFRESH_TOKEN)));
    }

    @Test
    void refreshTokensArePreservedOnlyIfNoRevocationOfTheSessionTakesThem() {
        var preserving = new RevokeSession("left", true);
        var taking = new RevokeSession("stolen", false);
        assertThat(denied(BROWSER, preserving, taking))
                .isEqualTo(
                        new Denied(
                                "access_denied", "left", true, Set.of(Ends.SESSION_WITH_TOKENS)));
        assertThat(denied(BROWSER, taking, preserving).ends())
                .containsExactly(Ends.SESSION_WITH_TOKENS);
    }

    @Test
    void whatIsNotThereCannotBeRevoked() {
        assertThat(denied(BROWSER, new RevokeRefreshToken("cloned")))
                .isEqualTo(refused("there is no refresh token to revoke"));
        assertThat(denied(PASSWORD, new RevokeSession("stolen", true)))
                .isEqualTo(refused("there is no session to revoke"));
    }

    @Test
    void aMalformedCallDeniesAndNothingElseHappens() {
        var malformed = new Malformed("api.session.setExpiresAt takes a number");
        var expected = refused("api.session.setExpiresAt takes a number");
        assertThat(denied(REFRESH, malformed)).isEqualTo(expected);
        assertThat(
                        denied(
                                REFRESH,
                                new SetUserMetadata("a", Optional.of("1")),
                                new Deny("first"),
                                new RevokeSession("stolen", false),
                                new Redirect("https://shop.example/"),
                                malformed))
                .isEqualTo(expected);
    }

    @Test
    void theFirstMalformedCallIsTheOneThatIsTold() {
        assertThat(denied(BROWSER, new Malformed("first"), new Malformed("second")))
                .isEqualTo(refused("first"));
    }

    /// THREATS R46.3.
    @Test
    void everyReservedClaimIsLeftOutWithAWarning() {
        for (var name : ReservedClaims.NAMES) {
            var terms = allowed(BROWSER, inIdToken(name), inAccessToken(name), inIdToken("tier"));
            assertThat(terms.idTokenClaims()).as(name).isEqualTo(Map.of("tier", "1"));
            assertThat(terms.accessTokenClaims()).as(name).isEmpty();
            assertThat(terms.warnings()).as(name).containsExactly(reserved(name), reserved(name));
        }
    }

    @Test
    void claimsOfTheProfileMayBeSet() {
        var terms = allowed(BROWSER, inIdToken("name"), inIdToken("email"), inAccessToken("Sub"));
        assertThat(terms.idTokenClaims()).isEqualTo(Map.of("name", "1", "email", "1"));
        assertThat(terms.accessTokenClaims()).isEqualTo(Map.of("Sub", "1"));
        assertThat(terms.warnings()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "https://auth0.com",
                "https://auth0.com/tier",
                "http://auth0.com/tier",
                "HTTPS://AUTH0.COM/tier",
                "https://acme.eu.auth0.com/tier",
                "https://auth0.com:8443/tier",
                "https://auth0.com:port/tier",
                "https://shop.example@auth0.com/tier",
                "https://auth0.com./tier",
                "https://auth0.com?tier",
                "https://auth0.com#tier",
                "https://auth0.com\\tier",
                "https://auth0.com/loyalty tier",
                "https://auth0.com/{tier}\n",
                "https://a_b.auth0.com/tier",
                "//auth0.com/tier",
                "https://webtask.io/tier",
                "https://acme.webtask.io/tier",
                "https://webtask.run/tier",
                "https://acme.webtask.run/tier",
                "urn:auth0",
                "urn:auth0:tier",
                "URN:Auth0:tier"
            })
    void foreignNamespacesAreRefused(String name) {
        var expected = refused("a custom claim can't be named '" + name + "'");
        assertThat(denied(BROWSER, inIdToken(name))).isEqualTo(expected);
        assertThat(denied(BROWSER, inAccessToken(name))).isEqualTo(expected);
        assertThat(denied(MANAGEMENT, inAccessToken(name))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://notauth0.com/tier",
                "https://auth0.com.shop.example/tier",
                "https://auth0.com@shop.example/tier",
                "https://auth0.community/tier",
                "https://auth0-com/tier",
                "https://shop.example/https://auth0.com/tier",
                "https://shop.example/?auth0.com",
                "https://shop.example#.auth0.com",
                "https://shop.example\\.auth0.com",
                "https://[not a host",
                "urn:shop:auth0",
                "auth0",
                "tier of the shop"
            })
    void otherNamespacesAreNot(String name) {
        assertThat(allowed(BROWSER, inIdToken(name), inAccessToken(name)).warnings()).isEmpty();
    }

    @Test
    void nullRemovesAClaimThatAnEarlierActionSet() {
        var terms =
                allowed(
                        BROWSER,
                        inIdToken("a"),
                        inIdToken("b"),
                        inIdToken("sub"),
                        inAccessToken("a"),
                        new SetIdTokenClaim("a", Optional.empty()),
                        new SetIdTokenClaim("sub", Optional.empty()),
                        new SetIdTokenClaim("c", Optional.empty()),
                        new SetIdTokenClaim("b", Optional.empty()),
                        new SetIdTokenClaim("b", Optional.of("2")));
        assertThat(terms.idTokenClaims()).isEqualTo(Map.of("b", "2"));
        assertThat(terms.accessTokenClaims()).isEqualTo(Map.of("a", "1"));
        assertThat(terms.warnings()).isEmpty();
    }

    @Test
    void theClaimsOfATokenHave100000BytesAtMost() {
        var half = "x".repeat(49_999);
        var claims =
                new Effect[] {
                    new SetIdTokenClaim("a", Optional.of(half)),
                    new SetIdTokenClaim("b", Optional.of(half)),
                    new SetAccessTokenClaim("a", Optional.of(half)),
                    new SetAccessTokenClaim("b", Optional.of(half))
                };
        var terms = allowed(BROWSER, claims);
        assertThat(terms.idTokenClaims()).hasSize(2);
        assertThat(terms.accessTokenClaims()).hasSize(2);
        var expected = refused("the custom claims of a token exceed 100000 bytes");
        for (var tooLong :
                List.<Effect>of(
                        new SetIdTokenClaim("b", Optional.of(half + "x")),
                        new SetIdTokenClaim("bb", Optional.of("")),
                        new SetAccessTokenClaim("c", Optional.of(""))))
            assertThat(denied(BROWSER, claims[0], claims[1], claims[2], claims[3], tooLong))
                    .isEqualTo(expected);
    }

    @Test
    void bytesAreCountedAndNotCharacters() {
        for (var text : List.of("é", "€", "😀")) {
            var length = text.getBytes(StandardCharsets.UTF_8).length;
            var most = text.repeat(99_999 / length) + "x".repeat(99_999 % length);
            assertThat(
                            allowed(BROWSER, new SetIdTokenClaim("a", Optional.of(most)))
                                    .idTokenClaims())
                    .hasSize(1);
            assertThat(denied(BROWSER, new SetIdTokenClaim("ä", Optional.of(most))))
                    .isEqualTo(refused("the custom claims of a token exceed 100000 bytes"));
        }
    }

    @Test
    void theManagementApiTakesOnlyNamespacedClaims() {
        var names = List.of("tier", "name", "scope", "https", "urn", "ftp://shop.example/tier");
        for (var name : names) {
            var terms = allowed(MANAGEMENT, inAccessToken(name), inIdToken(name));
            assertThat(terms.accessTokenClaims()).as(name).isEmpty();
            assertThat(terms.idTokenClaims()).as(name).isEqualTo(Map.of(name, "1"));
            assertThat(terms.warnings()).containsExactly(reserved(name));
            assertThat(allowed(BROWSER, inAccessToken(name)).accessTokenClaims())
                    .as(name)
                    .isEqualTo(Map.of(name, "1"));
        }
        for (var name : List.of(NAMESPACED, "http://shop.example/tier", "urn:shop:tier"))
            assertThat(allowed(MANAGEMENT, inAccessToken(name)).accessTokenClaims())
                    .isEqualTo(Map.of(name, "1"));
    }

    @Test
    void scopesAreAddedAndRemovedInOrder() {
        var terms =
                allowed(
                        BROWSER,
                        new AddScope("a"),
                        new RemoveScope("a"),
                        new RemoveScope("b"),
                        new AddScope("b"),
                        new AddScope("c"),
                        new AddScope("c"));
        assertThat(terms.addedScopes()).containsExactlyInAnyOrder("b", "c");
        assertThat(terms.removedScopes()).containsExactly("a");
        assertThat(terms.scope("openid a")).isEqualTo("openid b c");
    }

    @Test
    void whatWasGrantedKeepsItsOrder() {
        var terms =
                allowed(
                        BROWSER,
                        new AddScope("profile"),
                        new AddScope("address"),
                        new RemoveScope("email"),
                        new RemoveScope("unknown"));
        assertThat(terms.scope("openid profile email write:orders"))
                .isEqualTo("openid profile write:orders address");
        assertThat(terms.scope("")).isEqualTo("address profile");
        assertThat(allowed(BROWSER).scope("write:orders openid")).isEqualTo("write:orders openid");
        assertThat(allowed(BROWSER, new RemoveScope("openid")).scope("openid")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\tb", "quote\"", "back\\slash", "ümlaut", "\u007f"})
    void whatIsNoScopeDenies(String scope) {
        var expected = refused("not a scope: '" + scope + "'");
        assertThat(denied(BROWSER, new AddScope(scope))).isEqualTo(expected);
        assertThat(denied(BROWSER, new RemoveScope(scope))).isEqualTo(expected);
    }

    @Test
    void theLastRedirectWins() {
        var first = new Redirect("https://shop.example/terms");
        var second = new Redirect("https://shop.example/captcha?step=1");
        assertThat(Rule.decide(List.of(first, inIdToken("a"), second), BROWSER))
                .isEqualTo(new Redirected("https://shop.example/captcha?step=1"));
    }

    @Test
    void thereIsNoRedirectIfAnythingDenies() {
        var redirect = new Redirect("https://shop.example/terms");
        assertThat(denied(BROWSER, redirect, new Deny("no")).description()).isEqualTo("no");
        assertThat(denied(BROWSER, new Deny("no"), redirect).description()).isEqualTo("no");
        assertThat(denied(BROWSER, redirect, new Malformed("what?")).description())
                .isEqualTo("what?");
        assertThat(denied(BROWSER, redirect, new RevokeSession("left", true)).ends())
                .containsExactly(Ends.SESSION);
        assertThat(denied(BROWSER, redirect, inIdToken("urn:auth0:a")).keepsUserChanges())
                .isFalse();
    }

    @Test
    void metadataOfUserAndTransactionAreNoMatterOfTheRuling() {
        assertThat(
                        allowed(
                                BROWSER,
                                new SetUserMetadata("a", Optional.of("1")),
                                new SetAppMetadata("a", Optional.empty()),
                                new SetTransactionMetadata("a", Optional.of("1"))))
                .isEqualTo(allowed(BROWSER));
    }
}
