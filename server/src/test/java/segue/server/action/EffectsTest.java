package segue.server.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import segue.domain.action.Effect;
import segue.domain.action.MetadataEdit;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What scripts may ask for, and how it is spelled (contract actions §4).
final class EffectsTest {
    private static final String LONG = "x".repeat(256);

    private static Asked<Effect> read(String call, String arguments) {
        return Effects.read(
                Json.MAPPER.readTree("[{\"call\":\"%s\",\"args\":%s}]".formatted(call, arguments)));
    }

    record Case(String call, String arguments, Effect effect) {}

    private static Stream<Case> understood() {
        var moment = Instant.ofEpochMilli(1_767_322_800_123L);
        var put = new MetadataEdit.Put("k", "v");
        return Stream.of(
                new Case("access.deny", "[\"no\"]", new Effect.Deny("no")),
                new Case(
                        "validation.error",
                        "[\"bad_day\",\"Come back\"]",
                        new Effect.Invalidate("bad_day", "Come back")),
                new Case(
                        "accessToken.setCustomClaim",
                        "[\"a\",{\"b\":[1,2.50,1e3]}]",
                        new Effect.SetAccessTokenClaim("a", Optional.of("{\"b\":[1,2.50,1E+3]}"))),
                new Case(
                        "accessToken.setCustomClaim",
                        "[\"a\",null]",
                        new Effect.SetAccessTokenClaim("a", Optional.empty())),
                new Case(
                        "accessToken.setCustomClaim",
                        "[\"a\"]",
                        new Effect.SetAccessTokenClaim("a", Optional.empty())),
                new Case("accessToken.addScope", "[\"read\"]", new Effect.AddScope("read")),
                new Case("accessToken.removeScope", "[\"read\"]", new Effect.RemoveScope("read")),
                new Case(
                        "idToken.setCustomClaim",
                        "[\"a\",false]",
                        new Effect.SetIdTokenClaim("a", Optional.of("false"))),
                new Case(
                        "session.setExpiresAt",
                        "[1767322800123]",
                        new Effect.SetSessionExpiresAt(moment)),
                new Case(
                        "session.setExpiresAt",
                        "[1767322800123.9]",
                        new Effect.SetSessionExpiresAt(moment)),
                new Case(
                        "session.setExpiresAt",
                        "[0]",
                        new Effect.SetSessionExpiresAt(Instant.EPOCH)),
                new Case(
                        "session.setExpiresAt",
                        "[253402300799999]",
                        new Effect.SetSessionExpiresAt(Instant.parse("9999-12-31T23:59:59.999Z"))),
                new Case(
                        "session.setIdleExpiresAt",
                        "[1767322800123]",
                        new Effect.SetSessionIdleExpiresAt(moment)),
                new Case(
                        "session.setCookieMode",
                        "[\"persistent\"]",
                        new Effect.SetCookieMode(true)),
                new Case(
                        "session.setCookieMode",
                        "[\"non-persistent\"]",
                        new Effect.SetCookieMode(false)),
                new Case("session.revoke", "[\"x\"]", new Effect.RevokeSession("x", false)),
                new Case("session.revoke", "[\"x\",null]", new Effect.RevokeSession("x", false)),
                new Case("session.revoke", "[\"x\",{}]", new Effect.RevokeSession("x", false)),
                new Case(
                        "session.revoke",
                        "[\"x\",{\"preserveRefreshTokens\":true}]",
                        new Effect.RevokeSession("x", true)),
                new Case(
                        "session.setMetadata",
                        "[\"k\",\"v\"]",
                        new Effect.EditSessionMetadata(put)),
                new Case(
                        "session.deleteMetadata",
                        "[\"k\"]",
                        new Effect.EditSessionMetadata(new MetadataEdit.Delete("k"))),
                new Case(
                        "session.evictMetadata",
                        "[]",
                        new Effect.EditSessionMetadata(new MetadataEdit.Evict())),
                new Case("refreshToken.revoke", "[\"x\"]", new Effect.RevokeRefreshToken("x")),
                new Case(
                        "refreshToken.setExpiresAt",
                        "[1767322800123]",
                        new Effect.SetRefreshTokenExpiresAt(moment)),
                new Case(
                        "refreshToken.setIdleExpiresAt",
                        "[1767322800123]",
                        new Effect.SetRefreshTokenIdleExpiresAt(moment)),
                new Case(
                        "refreshToken.setMetadata",
                        "[\"k\",\"v\"]",
                        new Effect.EditRefreshTokenMetadata(put)),
                new Case(
                        "refreshToken.deleteMetadata",
                        "[\"k\"]",
                        new Effect.EditRefreshTokenMetadata(new MetadataEdit.Delete("k"))),
                new Case(
                        "refreshToken.evictMetadata",
                        "[]",
                        new Effect.EditRefreshTokenMetadata(new MetadataEdit.Evict())),
                new Case(
                        "user.setAppMetadata",
                        "[\"k\",{\"a\":1}]",
                        new Effect.SetAppMetadata("k", Optional.of("{\"a\":1}"))),
                new Case(
                        "user.setUserMetadata",
                        "[\"k\",null]",
                        new Effect.SetUserMetadata("k", Optional.empty())),
                new Case(
                        "transaction.setMetadata",
                        "[\"k\",true]",
                        new Effect.SetTransactionMetadata("k", Optional.of("true"))),
                new Case(
                        "transaction.setMetadata",
                        "[\"k\",null]",
                        new Effect.SetTransactionMetadata("k", Optional.empty())),
                new Case(
                        "redirect.sendUserTo",
                        "[\"https://a.example/x?y=1#z\",{\"query\":{\"q\":\"a b&c\",\"n\":1}}]",
                        new Effect.Redirect("https://a.example/x?y=1&q=a+b%26c&n=1#z")),
                new Case(
                        "redirect.sendUserTo",
                        "[\"https://a.example/\",{\"query\":{}}]",
                        new Effect.Redirect("https://a.example/")),
                new Case(
                        "redirect.sendUserTo",
                        "[\"https://a.example/\"]",
                        new Effect.Redirect("https://a.example/")));
    }

    @ParameterizedTest
    @MethodSource("understood")
    void whatMakesSenseIsUnderstood(Case it) {
        assertThat(read(it.call(), it.arguments()).effects()).containsExactly(it.effect());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "access.deny | []",
                "access.deny | [1]",
                "access.deny | [{\"a\":1}]",
                "validation.error | [\"a\"]",
                "validation.error | [1,\"a\"]",
                "accessToken.setCustomClaim | [1,1]",
                "accessToken.setCustomClaim | [\"\",1]",
                "accessToken.setCustomClaim | [\"LONG\",1]",
                "accessToken.addScope | [[\"a\"]]",
                "accessToken.addScope | [\"\"]",
                "accessToken.removeScope | [null]",
                "idToken.setCustomClaim | []",
                "idToken.setCustomClaim | [\"a\",\"x\\u0000y\"]",
                "idToken.setCustomClaim | [\"a\",{\"x\\u0000y\":1}]",
                "idToken.setCustomClaim | [\"a\",[\"\\ud800\"]]",
                "session.setExpiresAt | []",
                "session.setExpiresAt | [null]",
                "session.setExpiresAt | [\"2026-01-01T00:00:00.000Z\"]",
                "session.setExpiresAt | [\"1767322800123\"]",
                "session.setExpiresAt | [-1]",
                "session.setExpiresAt | [253402300800000]",
                "session.setExpiresAt | [1e300]",
                "session.setExpiresAt | [true]",
                "session.setIdleExpiresAt | [{}]",
                "session.setCookieMode | [\"Persistent\"]",
                "session.setCookieMode | [true]",
                "session.revoke | []",
                "session.revoke | [\"x\",true]",
                "session.revoke | [\"x\",{\"preserveRefreshToken\":true}]",
                "session.revoke | [\"x\",{\"preserveRefreshTokens\":\"yes\"}]",
                "session.revoke | [\"x\",{\"preserveRefreshTokens\":null}]",
                "session.setMetadata | [\"k\",1]",
                "session.setMetadata | [\"k\",null]",
                "session.setMetadata | [\"k\"]",
                "session.setMetadata | [1,\"v\"]",
                "session.deleteMetadata | []",
                "refreshToken.revoke | [null]",
                "refreshToken.setExpiresAt | [null]",
                "refreshToken.setIdleExpiresAt | [\"soon\"]",
                "refreshToken.setMetadata | [\"k\",{}]",
                "refreshToken.deleteMetadata | [1]",
                "user.setAppMetadata | [1,1]",
                "user.setUserMetadata | [\"\",1]",
                "transaction.setMetadata | [\"\",1]",
                "transaction.setMetadata | [\"LONG\",1]",
                "transaction.setMetadata | [\"k\",{}]",
                "transaction.setMetadata | [\"k\",[1]]",
                "redirect.sendUserTo | [\"/relative\"]",
                "redirect.sendUserTo | [\"javascript:alert(1)\"]",
                "redirect.sendUserTo | [\"https://u:p@a.example/\"]",
                "redirect.sendUserTo | [\"https://a.example/ x\"]",
                "redirect.sendUserTo | [\"https://a.example/\",{\"query\":[]}]",
                "redirect.sendUserTo | [\"https://a.example/\",{\"query\":{\"a\":{}}}]",
                "redirect.sendUserTo | [\"https://a.example/\",{\"querry\":{}}]",
                "authentication.challengeWith | []",
                "multifactor.enable | [\"any\"]",
                "access.Deny | [\"no\"]",
                "cache.set | [\"k\",1,{\"expires_at\":1}]",
                "cache.set | [\"k\",\"v\"]",
                "cache.delete | [1]",
                "`` | []",
            })
    void whatMakesNoSenseIsMalformedAndNeverPassedOver(String call, String arguments) {
        var asked = read(call, arguments.replace("LONG", LONG));
        assertThat(asked.cache()).isEmpty();
        assertThat(asked.effects())
                .singleElement()
                .isInstanceOfSatisfying(
                        Effect.Malformed.class,
                        it -> assertThat(it.problem()).startsWith("api." + call + ": "));
    }

    @Test
    void sizesHaveTheirBounds() {
        assertThat(malformed("access.deny", 1000)).isFalse();
        assertThat(malformed("access.deny", 1001)).isTrue();
        assertThat(malformed("user.setAppMetadata", 16 * 1024 - 2)).isFalse();
        assertThat(malformed("user.setAppMetadata", 16 * 1024 - 1)).isTrue();
        assertThat(malformed("transaction.setMetadata", 8 * 1024)).isFalse();
        assertThat(malformed("transaction.setMetadata", 8 * 1024 + 1)).isTrue();
        assertThat(nested(32)).isFalse();
        assertThat(nested(33)).isTrue();
    }

    private static boolean malformed(String call, int length) {
        var text = "x".repeat(length);
        var arguments =
                call.equals("access.deny")
                        ? "[\"%s\"]".formatted(text)
                        : "[\"k\",\"%s\"]".formatted(text);
        return read(call, arguments).effects().getFirst() instanceof Effect.Malformed;
    }

    private static boolean nested(int depth) {
        var value = "[".repeat(depth) + "]".repeat(depth);
        return read("idToken.setCustomClaim", "[\"k\",%s]".formatted(value)).effects().getFirst()
                instanceof Effect.Malformed;
    }

    @Test
    void theOrderStaysAndTheCacheIsApart() {
        var calls =
                """
                [{"call":"session.evictMetadata","args":[]},
                 {"call":"cache.set","args":["k","v",{"expires_at":5}]},
                 {"call":"session.setMetadata","args":["k","v"]},
                 {"call":"cache.delete","args":["k"]}]
                """;
        assertThat(Effects.read(Json.MAPPER.readTree(calls)))
                .isEqualTo(
                        new Asked<>(
                                List.of(
                                        new Effect.EditSessionMetadata(new MetadataEdit.Evict()),
                                        new Effect.EditSessionMetadata(
                                                new MetadataEdit.Put("k", "v"))),
                                List.of(
                                        new CacheEdit.Put("k", "v", Instant.ofEpochMilli(5)),
                                        new CacheEdit.Delete("k"))));
    }

    @Test
    void theJsonOfAJavaActionIsLookedAt() {
        var good = new Effect.SetIdTokenClaim("a", Optional.of("{\"b\":1}"));
        var bad = new Effect.SetIdTokenClaim("a", Optional.of("{\"b\":"));
        assertThat(Effects.checked(List.of(good, bad, new Effect.Deny("x"))))
                .containsExactly(
                        good, new Effect.Malformed("a value isn't JSON"), new Effect.Deny("x"));
    }
}
