package segue.server.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import segue.domain.action.Effect;
import segue.domain.action.Event;
import segue.domain.action.MetadataEdit;
import segue.domain.action.Verdict;
import segue.domain.action.Verdict.Failure;

import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a sign-in's Actions come to, with real worker processes.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PipelineTest {
    private static final String LATER = "api.idToken.setCustomClaim('later', true);";

    private Lab lab = unstarted();

    @SuppressWarnings("NullAway") // Replaced before each test.
    private static Lab unstarted() {
        return null;
    }

    @BeforeAll
    void start() {
        lab = new Lab(Lab.workers(1), Duration.ofSeconds(20));
    }

    @AfterAll
    void stop() {
        lab.close();
    }

    private static Effect claim(String name, String value) {
        return new Effect.SetIdTokenClaim(name, Optional.of(value));
    }

    private static Failure failure(Verdict verdict) {
        assertThat(verdict.effects()).isEmpty();
        return verdict.failure().orElseThrow();
    }

    private static JsonNode record(Verdict verdict) {
        return Json.MAPPER.readTree(verdict.execution().document());
    }

    @Test
    void actionsRunInTheirOrderAndAskTogether() {
        lab.bind(
                "api.idToken.setCustomClaim('a', 1);",
                "api.idToken.setCustomClaim('b', event.user.email);",
                "api.accessToken.addScope('read');");
        var verdict = lab.run();
        assertThat(verdict.failure()).isEmpty();
        assertThat(verdict.effects())
                .containsExactly(
                        claim("a", "1"),
                        claim("b", "\"ada@example.com\""),
                        new Effect.AddScope("read"));
    }

    @Test
    void theWorkedExampleOfTheContractRuns() {
        lab.bind(
                """
                exports.onExecutePostLogin = async (event, api) => {
                  const stt = event.session_transfer_token;
                  if (!stt) return;
                  if (stt.request.geoip?.countryCode !== event.request.geoip?.countryCode) {
                    return api.access.deny("country changed");
                  }
                  const trust = event.session?.session_transfer?.parent_refresh_token?.metadata?.device_trust;
                  if (trust !== "high") return api.access.deny("device not trusted");
                  const now = Date.now();
                  api.session.setExpiresAt(now + 30 * 60000);
                  api.session.setIdleExpiresAt(now + 15 * 60000);
                  api.idToken.setCustomClaim("https://shop.example/from", stt.client_id);
                };
                """);
        assertThat(lab.run(Events.full()).effects())
                .hasSize(3)
                .last()
                .isEqualTo(claim("https://shop.example/from", "\"phone\""));
        assertThat(lab.run(Events.plain()).effects()).isEmpty();
    }

    @Test
    void metadataThatOneSetIsToldToTheNext() {
        lab.bind(
                """
                api.transaction.setMetadata('step', 'one'); api.transaction.setMetadata('n', null);
                api.session.setMetadata('theme', 'light'); api.refreshToken.setMetadata('device_trust', 'high');
                """,
                """
                api.idToken.setCustomClaim('seen', [event.transaction.metadata, event.session.metadata, event.refresh_token.metadata]);
                """);
        assertThat(lab.run(Events.full()).effects())
                .last()
                .isEqualTo(
                        claim(
                                "seen",
                                "[{\"step\":\"one\"},{\"theme\":\"light\"},{\"device_trust\":\"high\"}]"));
    }

    @Test
    void whatAScriptDoesToItsEventIsNotToldToTheNext() {
        lab.bind(
                "event.user.email = 'eve@example.com';",
                "api.idToken.setCustomClaim('email', event.user.email);");
        assertThat(lab.run().effects()).containsExactly(claim("email", "\"ada@example.com\""));
    }

    @Test
    void nothingRunsAfterADenial() {
        for (var last :
                List.of(
                        "api.access.deny('no');",
                        "api.validation.error('late', 'Too late');",
                        "api.session.revoke('gone');",
                        "api.refreshToken.revoke('gone');",
                        "api.redirect.sendUserTo('https://a.example/');",
                        "api.session.setExpiresAt('soon');",
                        "api.session.setMetadata('not a key', 'x');",
                        "api.accessToken.addScope('two words');")) {
            lab.bind(last, LATER);
            var verdict = lab.run();
            assertThat(verdict.failure()).as(last).isEmpty();
            assertThat(verdict.effects())
                    .as(last)
                    .hasSize(1)
                    .doesNotContain(claim("later", "true"));
            assertThat(record(verdict).get("results")).as(last).hasSize(1);
        }
    }

    @Test
    void aTransactionsMetadataHaveABoundTogether() {
        lab.bind(
                "api.transaction.setMetadata('a', 'x'.repeat(8000));"
                        + "api.transaction.setMetadata('b', 'x'.repeat(8000));",
                "api.transaction.setMetadata('c', 'x'.repeat(1000));",
                LATER);
        assertThat(lab.run().effects())
                .last()
                .isEqualTo(new Effect.Malformed("the transaction's metadata exceed 16384 bytes"));
    }

    @Test
    void aFailureTakesEverythingBackAndSaysWhy() {
        lab.bind(
                "api.idToken.setCustomClaim('a', 1);",
                "console.log('here'); throw new RangeError('too far');",
                LATER);
        var verdict = lab.run();
        var failure = failure(verdict);
        assertThat(failure.errorClass()).isEqualTo("action_error");
        assertThat(failure.action()).contains("action2");
        assertThat(failure.name()).isEqualTo("RangeError");
        assertThat(failure.message()).isEqualTo("too far");
        var record = record(verdict);
        assertThat(record.get("id").asString()).isEqualTo(verdict.execution().id());
        assertThat(record.get("trigger_id").asString()).isEqualTo("post-login");
        assertThat(record.get("status").asString()).isEqualTo("partial");
        assertThat(record.get("results")).hasSize(2);
        var second = record.get("results").get(1);
        assertThat(second.get("action_name").asString()).isEqualTo("action2");
        assertThat(second.get("action_id").asString()).isEqualTo("action2");
        assertThat(second.get("logs").asString()).isEqualTo("here");
        assertThat(second.get("error").get("msg").asString()).isEqualTo("too far");
        assertThat(second.get("error").get("stack").asString()).contains("action.js");
        assertThat(record.get("results").get(0).has("error")).isFalse();
    }

    @Test
    void aSecretIsToldToItsActionAndToNobodyWhoReads() {
        lab.bindWith(
                Map.of("KEY", "hunter2-hunter2", "PART", "hunter2", "SHORT", "abc"),
                """
                api.idToken.setCustomClaim('key', event.secrets.KEY === 'hunter2-hunter2');
                console.log(`key ${event.secrets.KEY} part ${event.secrets.PART} short ${event.secrets.SHORT}`);
                if (event.request.query.fail) throw new Error('bad ' + event.secrets.KEY);
                """);
        var verdict = lab.run();
        assertThat(verdict.effects()).containsExactly(claim("key", "true"));
        assertThat(record(verdict).get("results").get(0).get("logs").asString())
                .isEqualTo("key *** part *** short abc");
        var failed = lab.run(Events.asking(Map.of("fail", "1")));
        assertThat(failure(failed).message()).isEqualTo("bad ***");
        assertThat(failed.toString()).doesNotContain("hunter2");
    }

    @Test
    void theCacheIsKeptUnlessTheRunFails() {
        var name = "k" + System.nanoTime();
        lab.bind(
                """
                api.idToken.setCustomClaim('before', api.cache.get('NAME')?.value ?? null);
                api.cache.set('NAME', event.request.query.value);
                """
                        .replace("NAME", name),
                "if (event.request.query.fail) throw new Error('no'); "
                        + "api.idToken.setCustomClaim('between', api.cache.get('NAME').value);"
                                .replace("NAME", name));
        assertThat(lab.run(Events.asking(Map.of("value", "1"))).effects())
                .containsExactly(
                        new Effect.SetIdTokenClaim("before", Optional.empty()),
                        claim("between", "\"1\""));
        failure(lab.run(Events.asking(Map.of("value", "2", "fail", "1"))));
        assertThat(lab.run(Events.asking(Map.of("value", "3"))).effects())
                .startsWith(claim("before", "\"1\""));
        lab.bind("api.cache.delete('NAME');".replace("NAME", name));
        assertThat(lab.run().failure()).isEmpty();
        lab.bind(
                "api.idToken.setCustomClaim('after', api.cache.get('NAME') ?? null);"
                        .replace("NAME", name));
        assertThat(lab.run().effects())
                .containsExactly(new Effect.SetIdTokenClaim("after", Optional.empty()));
    }

    @Test
    void whatIsBoundIsReadAgainOnlyInAnotherRevision() {
        lab.bind(LATER);
        var before = lab.reads.get();
        assertThat(lab.run().effects()).hasSize(1);
        assertThat(lab.run().effects()).hasSize(1);
        assertThat(lab.reads.get()).isEqualTo(before + 1);
        lab.bind();
        assertThat(lab.pipeline().isEmpty(lab.revision())).isTrue();
        assertThat(lab.run().effects()).isEmpty();
        assertThat(lab.reads.get()).isEqualTo(before + 2);
    }

    @Test
    void whoComesBackFromARedirectIsHeardByTheActionThatSentHim() {
        lab.bind(
                "api.idToken.setCustomClaim('first', 1);",
                """
                exports.onExecutePostLogin = async (event, api) => {
                  api.redirect.sendUserTo('https://a.example/', {query: {t: 1}});
                };
                exports.onContinuePostLogin = async (event, api) => {
                  api.idToken.setCustomClaim('answer', api.redirect.canRedirect());
                };
                """,
                "api.idToken.setCustomClaim('third', 3);");
        var verdict = lab.run();
        assertThat(verdict.effects())
                .last()
                .isEqualTo(new Effect.Redirect("https://a.example/?t=1"));
        assertThat(record(verdict).get("status").asString()).isEqualTo("suspended");
        var back = new Redirection(false, Optional.of("s"), Map.of(), Map.of());
        var continuation = verdict.continuation().orElseThrow();
        var resumed = lab.pipeline().resume(lab.revision(), continuation, Events.plain(), back);
        assertThat(resumed.effects())
                .containsExactly(
                        claim("first", "1"), claim("answer", "false"), claim("third", "3"));
        assertThat(resumed.continuation()).isEmpty();
        lab.bind(LATER);
        var gone = lab.pipeline().resume(lab.revision(), continuation, Events.plain(), back);
        assertThat(failure(gone).code()).isEqualTo("action_gone");
    }

    @Test
    void runsAreMeasuredWithoutNamingAnybody() {
        lab.bind(LATER);
        lab.run();
        lab.bind("api.access.deny('no');");
        lab.run();
        lab.bind("throw 1;");
        lab.run();
        assertThat(lab.scraped())
                .contains(
                        "segue_actions_runs_seconds_count{outcome=\"completed\",trigger=\"post-login\"}",
                        "segue_actions_runs_seconds_count{outcome=\"stopped\",trigger=\"post-login\"}",
                        "segue_actions_runs_seconds_count{outcome=\"action_error\",trigger=\"post-login\"}",
                        "segue_actions_workers ",
                        "segue_actions_worker_losses ")
                .doesNotContain("ada", "9.9.9.9", "action1");
    }

    @Test
    void aSilentEventIsStillAnEvent() {
        lab.bind(
                "api.idToken.setCustomClaim('has', [!!event.session, !!event.refresh_token,"
                        + " event.transaction.protocol]);");
        Event bare = Events.bare();
        assertThat(lab.run(bare).effects())
                .containsExactly(claim("has", "[false,false,\"oauth2-password\"]"));
    }

    @Test
    void metadataEditsKeepTheirOrder() {
        lab.bind(
                "api.session.setMetadata('a',"
                        + " 'b').session.deleteMetadata('a').session.evictMetadata();");
        assertThat(lab.run().effects())
                .containsExactly(
                        new Effect.EditSessionMetadata(new MetadataEdit.Put("a", "b")),
                        new Effect.EditSessionMetadata(new MetadataEdit.Delete("a")),
                        new Effect.EditSessionMetadata(new MetadataEdit.Evict()));
    }
}
