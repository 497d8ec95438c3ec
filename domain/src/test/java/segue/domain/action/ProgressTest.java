package segue.domain.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What one Action leaves to the next (contract actions §1).
final class ProgressTest {
    private static final Instant NOW = Instant.EPOCH;
    private static final Event.Device DEVICE =
            new Event.Device("1.2.3.4", Optional.empty(), "a", "1.2.3.4", Optional.empty(), "a");

    private static Event event() {
        return new Event(
                new Event.User(
                        "u",
                        new LinkedHashMap<>(),
                        true,
                        NOW,
                        NOW,
                        Optional.empty(),
                        Map.of(),
                        Map.of(),
                        List.of()),
                new Event.Client("c", "C", Map.of()),
                new Event.Connection("con", "Users", "auth0", Map.of()),
                new Event.Request(
                        "1.2.3.4",
                        Optional.empty(),
                        "GET",
                        "id.example",
                        Optional.empty(),
                        Optional.empty(),
                        Map.of(),
                        Map.of(),
                        new LinkedHashMap<>()),
                Optional.of(
                        new Event.Session(
                                "s",
                                "u",
                                NOW,
                                NOW,
                                NOW,
                                NOW,
                                NOW,
                                NOW,
                                DEVICE,
                                List.of(),
                                new Event.Cookie("persistent"),
                                new TreeMap<>(Map.of("a", "1")),
                                Optional.empty())),
                Optional.empty(),
                Optional.of(
                        new Event.RefreshToken(
                                "r",
                                "c",
                                "u",
                                Optional.empty(),
                                NOW,
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                true,
                                DEVICE,
                                List.of(),
                                new TreeMap<>(Map.of("b", "2")),
                                Optional.empty())),
                new Event.Authentication(List.of()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new Event.Stats(1),
                new Event.Tenant("t"),
                Optional.empty(),
                new Event.Transaction(
                        Optional.empty(),
                        "oauth2-refresh-token",
                        List.of(),
                        Optional.empty(),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        new TreeMap<>(Map.of("c", "3"))));
    }

    private static Progress after(Effect... effects) {
        return Progress.after(event(), List.of(effects), json -> json);
    }

    private static Effect session(MetadataEdit edit) {
        return new Effect.EditSessionMetadata(edit);
    }

    private static SortedMap<String, String> sorted(Map<String, String> map) {
        return new TreeMap<>(map);
    }

    @Test
    void theNextIsToldWhatThisOneSet() {
        var progress =
                after(
                        session(new MetadataEdit.Put("x", "y")),
                        session(new MetadataEdit.Delete("a")),
                        new Effect.EditRefreshTokenMetadata(new MetadataEdit.Evict()),
                        new Effect.EditRefreshTokenMetadata(new MetadataEdit.Put("p", "q")),
                        new Effect.SetTransactionMetadata("d", Optional.of("4")),
                        new Effect.SetTransactionMetadata("c", Optional.empty()));
        assertThat(progress.isOver()).isFalse();
        assertThat(progress.event().session().orElseThrow().metadata())
                .isEqualTo(sorted(Map.of("x", "y")));
        assertThat(progress.event().refreshToken().orElseThrow().metadata())
                .isEqualTo(sorted(Map.of("p", "q")));
        assertThat(progress.event().transaction().metadata()).isEqualTo(sorted(Map.of("d", "4")));
    }

    @Test
    void everythingElseStays() {
        assertThat(after().event()).isEqualTo(event());
        assertThat(after(new Effect.AddScope("read")).event()).isEqualTo(event());
    }

    private static Stream<Effect> last() {
        return Stream.of(
                new Effect.Deny("no"),
                new Effect.Invalidate("code", "text"),
                new Effect.RevokeSession("no", true),
                new Effect.RevokeRefreshToken("no"),
                new Effect.Redirect("https://a.example/"),
                new Effect.Malformed("what"),
                new Effect.AddScope("two words"),
                new Effect.RemoveScope("two words"),
                session(new MetadataEdit.Put("not a key", "v")),
                session(new MetadataEdit.Put("k", "v".repeat(256))),
                new Effect.EditRefreshTokenMetadata(new MetadataEdit.Put("not a key", "v")));
    }

    @ParameterizedTest
    @MethodSource("last")
    void nothingComesAfterWhatDeniesOrMakesNoSense(Effect effect) {
        assertThat(after(effect).isOver()).isTrue();
        assertThat(after(new Effect.AddScope("read"), effect).isOver()).isTrue();
    }

    private static Stream<Effect> notLast() {
        return Stream.of(
                new Effect.AddScope("read"),
                new Effect.RemoveScope("read"),
                new Effect.SetIdTokenClaim("a", Optional.of("1")),
                new Effect.SetAccessTokenClaim("a", Optional.of("1")),
                new Effect.SetSessionExpiresAt(NOW),
                new Effect.SetSessionIdleExpiresAt(NOW),
                new Effect.SetCookieMode(true),
                session(new MetadataEdit.Put("k", "v")),
                new Effect.SetRefreshTokenExpiresAt(NOW),
                new Effect.SetRefreshTokenIdleExpiresAt(NOW),
                new Effect.EditRefreshTokenMetadata(new MetadataEdit.Put("k", "v")),
                new Effect.SetAppMetadata("k", Optional.empty()),
                new Effect.SetUserMetadata("k", Optional.empty()),
                new Effect.SetTransactionMetadata("k", Optional.of("1")));
    }

    @ParameterizedTest
    @MethodSource("notLast")
    void theOthersLetTheNextOneRun(Effect effect) {
        assertThat(after(effect).isOver()).isFalse();
    }

    @Test
    void aTransactionsMetadataHaveABoundTogether() {
        var most = 16 * 1024 - "c3kk".length();
        assertThat(after(set("kk", "x".repeat(most))).isOver()).isFalse();
        var progress = after(set("kk", "x".repeat(most + 1)));
        assertThat(progress.isOver()).isTrue();
        assertThat(progress.effects()).last().isInstanceOf(Effect.Malformed.class);
    }

    private static Effect set(String key, String value) {
        return new Effect.SetTransactionMetadata(key, Optional.of(value));
    }
}
