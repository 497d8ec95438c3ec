package segue.server.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import segue.domain.action.Effect;
import segue.domain.action.Event;
import segue.domain.action.MetadataEdit;
import segue.domain.action.Verdict;
import segue.domain.action.Verdict.Failure;
import segue.server.action.spi.Json;
import segue.server.action.spi.PostLoginAction;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// Actions in Java: found, called first, and bound by the same rules as scripts.
@Timeout(120)
final class JavaActionTest {
    private interface Handler {
        List<Effect> on(Event event) throws Exception;
    }

    private record Named(String name, Handler handler) implements PostLoginAction {
        @Override
        public List<Effect> onPostLogin(Event event) throws Exception {
            return handler.on(event);
        }
    }

    private static PostLoginAction java(Handler handler) {
        return new Named("java", handler);
    }

    private static Lab lab(PostLoginAction... actions) {
        return new Lab(Lab.workers(1), Duration.ofSeconds(20), actions);
    }

    private static String errorClass(Verdict verdict) {
        assertThat(verdict.effects()).isEmpty();
        return verdict.failure().map(Failure::errorClass).orElse("none");
    }

    @Test
    void whatTheClassPathOffersIsFound() {
        assertThat(JavaActions.found())
                .extracting(PostLoginAction::name)
                .containsExactly("on-demand");
        try (var lab = lab(JavaActions.found().toArray(PostLoginAction[]::new))) {
            assertThat(lab.run().effects()).isEmpty();
            assertThat(lab.run(Events.asking(Map.of("java-action", "hello"))).effects())
                    .containsExactly(new Effect.SetIdTokenClaim("said", Optional.of("\"hello\"")));
            assertThat(lab.workers.alive()).isZero();
        }
    }

    @Test
    void itComesBeforeTheScriptsAndWhatItSetIsToldToThem() {
        var action =
                java(
                        event ->
                                List.of(
                                        new Effect.SetTransactionMetadata(
                                                "from", Optional.of(Json.of("java"))),
                                        new Effect.EditSessionMetadata(
                                                new MetadataEdit.Put("theme", "light"))));
        try (var lab = lab(action)) {
            lab.bind(
                    "api.idToken.setCustomClaim('seen', [event.transaction.metadata.from,"
                            + " event.session.metadata.theme]);");
            var verdict = lab.run();
            assertThat(verdict.failure()).isEmpty();
            assertThat(verdict.effects())
                    .last()
                    .isEqualTo(
                            new Effect.SetIdTokenClaim(
                                    "seen", Optional.of("[\"java\",\"light\"]")));
            assertThat(verdict.execution().document()).contains("\"action_name\":\"java\"");
        }
    }

    @Test
    void itsDenialIsTheLastWordAndCostsNoWorker() {
        try (var lab = lab(java(_ -> List.of(new Effect.Deny("no"))))) {
            lab.bind("api.idToken.setCustomClaim('later', true);");
            assertThat(lab.run().effects()).containsExactly(new Effect.Deny("no"));
            assertThat(lab.workers.alive()).isZero();
        }
    }

    @Test
    void itsFailureDenies() {
        PostLoginAction action =
                java(
                        _ -> {
                            throw new IllegalStateException("the directory is down");
                        });
        try (var lab = lab(action)) {
            var verdict = lab.run();
            assertThat(errorClass(verdict)).isEqualTo("action_error");
            assertThat(verdict.failure().orElseThrow().message())
                    .isEqualTo("the directory is down");
            assertThat(verdict.failure().orElseThrow().action()).contains("java");
        }
    }

    @Test
    void itCantRedirectAndItsJsonMustBeJson() {
        try (var lab = lab(java(_ -> List.of(new Effect.Redirect("https://a.example/"))))) {
            assertThat(errorClass(lab.run())).isEqualTo("action_error");
        }
        var bad = new Effect.SetIdTokenClaim("a", Optional.of("not json"));
        try (var lab = lab(java(_ -> List.of(bad)))) {
            assertThat(lab.run().effects())
                    .containsExactly(new Effect.Malformed("a value isn't JSON"));
        }
    }

    @Test
    void onesThatNeverEndAreLeftBehindUntilThereAreTooMany() {
        var release = new CountDownLatch(1);
        PostLoginAction deaf =
                java(
                        _ -> {
                            while (release.getCount() > 0) Thread.onSpinWait();
                            return List.of();
                        });
        try (var lab = new Lab(Lab.workers(1), Duration.ofMillis(200), deaf)) {
            assertThat(errorClass(lab.run())).isEqualTo("action_timeout");
            assertThat(errorClass(lab.run())).isEqualTo("action_timeout");
            assertThat(errorClass(lab.run())).isEqualTo("rate_limited");
            release.countDown();
            var verdict = lab.run();
            while (verdict.failure().isPresent()) verdict = lab.run();
            assertThat(verdict.effects()).isEmpty();
        } finally {
            release.countDown();
        }
    }

    @Test
    void oneThatWaitsIsInterrupted() throws InterruptedException {
        var interrupted = new CountDownLatch(1);
        PostLoginAction slow =
                java(
                        _ -> {
                            try {
                                new CountDownLatch(1).await();
                            } catch (InterruptedException e) {
                                interrupted.countDown();
                                throw e;
                            }
                            return List.of();
                        });
        try (var lab = new Lab(Lab.workers(1), Duration.ofMillis(200), slow)) {
            assertThat(errorClass(lab.run())).isEqualTo("action_timeout");
            interrupted.await();
        }
    }

    @Test
    void valuesBecomeJson() {
        assertThat(Json.of(Map.of("a", List.of(1, true, "x")))).isEqualTo("{\"a\":[1,true,\"x\"]}");
        assertThat(Json.of(null)).isEqualTo("null");
    }
}
