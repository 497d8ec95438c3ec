package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import segue.domain.identifier.ActionId;
import segue.domain.log.LogEvent;
import segue.storage.Actions.Place;
import segue.storage.Actions.Written;
import segue.storage.jdbc.ActionTable.Content;
import segue.storage.jdbc.ActionTable.Deployed;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Rows;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/// What every database must do about Actions.
abstract class ActionContract {
    private static final ActionId FIRST = new ActionId("a-first");
    private static final ActionId SECOND = new ActionId("a-second");
    private static final String LOGIN = "post-login";

    private Optional<Fixture> stored = Optional.empty();

    /// A new, empty database.
    abstract Database open() throws Exception;

    @BeforeEach
    void prepare() throws Exception {
        stored = Optional.of(new Fixture(open()).stored());
    }

    @AfterEach
    void close() {
        database().close();
    }

    private Database database() {
        return stored.orElseThrow().database;
    }

    private Actions actions() {
        return new Actions(database());
    }

    static Content content(String code) {
        return new Content(
                code, "node22", "{}", ("sealed " + code).getBytes(StandardCharsets.UTF_8));
    }

    private long revision() {
        return new Configuration(database()).tenant().actionsRevision();
    }

    private void create(ActionId id, Optional<String> version) {
        assertThat(actions().create(id, "name of " + id, content("1"), version, Fixture.ADMIN))
                .isEqualTo(Written.DONE);
    }

    private Written change(ActionId id, String name, String code) {
        var seen = actions().find(id).orElseThrow();
        return actions().change(seen, name, content(code), Optional.empty(), Fixture.ADMIN);
    }

    private Written bind(ActionId... ids) {
        var places =
                List.of(ids).stream()
                        .map(id -> new Place("b-" + id, "shown as " + id, id))
                        .toList();
        return actions().bind(LOGIN, places, Fixture.ADMIN);
    }

    private List<String> running() {
        return actions().deployed(LOGIN).stream().map(Deployed::code).toList();
    }

    @Test
    void onlyDeployedVersionsRunAndInTheOrderOfTheirBindings() {
        create(FIRST, Optional.empty());
        assertThat(bind(FIRST)).isEqualTo(Written.NOT_DEPLOYED);
        assertThat(actions().deploy(FIRST, "v1", Fixture.ADMIN)).isEqualTo(Written.DONE);
        create(SECOND, Optional.of("w1"));
        assertThat(running()).isEmpty();
        assertThat(bind(SECOND, FIRST)).isEqualTo(Written.DONE);
        assertThat(actions().deployed(LOGIN))
                .extracting(Deployed::version)
                .containsExactly("w1", "v1");
        assertThat(change(FIRST, "name of " + FIRST, "2")).isEqualTo(Written.DONE);
        assertThat(running()).containsExactly("1", "1");
        actions().deploy(FIRST, "v2", Fixture.ADMIN);
        assertThat(running()).containsExactly("1", "2");
        assertThat(actions().deployedById(FIRST).orElseThrow().number()).isEqualTo(2);
        assertThat(bind(FIRST)).isEqualTo(Written.DONE);
        assertThat(running()).containsExactly("2");
        assertThat(actions().deployed("another")).isEmpty();
    }

    @Test
    void aVersionKeepsTheSecretsThatItWasDeployedWith() {
        create(FIRST, Optional.of("v1"));
        change(FIRST, "name of " + FIRST, "2");
        assertThat(actions().deployedById(FIRST).orElseThrow().sealedSecrets())
                .isEqualTo(content("1").sealedSecrets());
        actions().deploy(FIRST, "v2", Fixture.ADMIN);
        assertThat(actions().deployedById(FIRST).orElseThrow().sealedSecrets())
                .isEqualTo(content("2").sealedSecrets());
        assertThat(actions().rollBack(FIRST, "v1", "v3", false, Fixture.ADMIN))
                .isEqualTo(Written.DONE);
        var back = actions().deployedById(FIRST).orElseThrow();
        assertThat(back.sealedSecrets()).isEqualTo(content("1").sealedSecrets());
        assertThat(back.number()).isEqualTo(3);
        assertThat(actions().find(FIRST).orElseThrow().draft().code()).isEqualTo("2");
        actions().rollBack(FIRST, "v1", "v4", true, Fixture.ADMIN);
        assertThat(actions().find(FIRST).orElseThrow().draft().code()).isEqualTo("1");
        assertThat(actions().versions(FIRST, 1, 2).versions())
                .extracting(it -> it.number() + " " + it.isDeployed())
                .containsExactly("3 false", "2 false");
        assertThat(actions().versions(FIRST, 1, 2).total()).isEqualTo(4);
        assertThat(actions().rollBack(SECOND, "v1", "v5", false, Fixture.ADMIN))
                .isEqualTo(Written.UNKNOWN);
    }

    /// Every node keeps what it has compiled by this number.
    @Test
    void theRevisionRisesExactlyWhenWhatRunsMayChange() {
        assertThat(revision()).isZero();
        create(FIRST, Optional.empty());
        change(FIRST, "renamed", "2");
        assertThat(revision()).as("drafts don't run").isZero();
        assertThat(actions().create(SECOND, "renamed", content("1"), Optional.of("w1"), event()))
                .isEqualTo(Written.TAKEN);
        assertThat(revision()).as("a refusal changes nothing").isZero();
        actions().deploy(FIRST, "v1", event());
        assertThat(revision()).isEqualTo(1);
        change(FIRST, "renamed", "3");
        assertThat(revision()).isEqualTo(1);
        change(FIRST, "renamed again", "3");
        assertThat(revision()).as("a name is told with what it did").isEqualTo(2);
        actions().rollBack(FIRST, "v1", "v2", false, event());
        assertThat(revision()).isEqualTo(3);
        bind(FIRST);
        assertThat(revision()).isEqualTo(4);
        assertThat(actions().delete(FIRST, false, event())).isEqualTo(Written.BOUND);
        assertThat(bind(FIRST, SECOND)).isEqualTo(Written.NOT_DEPLOYED);
        assertThat(revision()).isEqualTo(4);
        create(SECOND, Optional.of("w1"));
        assertThat(revision()).isEqualTo(5);
        createProfile("tep_1", "urn:shop:ticket");
        assertThat(revision()).isEqualTo(6);
        actions().changeProfile("tep_1", Optional.of("Other"), Optional.empty(), event());
        assertThat(revision()).isEqualTo(6);
        actions().changeProfile("tep_1", Optional.empty(), Optional.of("urn:shop:other"), event());
        assertThat(revision()).isEqualTo(7);
        assertThat(actions().deleteProfile("tep_2", event())).isEqualTo(Written.UNKNOWN);
        assertThat(revision()).isEqualTo(7);
        actions().deleteProfile("tep_1", event());
        assertThat(revision()).isEqualTo(8);
        actions().delete(FIRST, true, event());
        assertThat(revision()).isEqualTo(9);
        actions().find(SECOND);
        running();
        assertThat(revision()).isEqualTo(9);
    }

    private static LogEvent event() {
        return Fixture.ADMIN;
    }

    private void createProfile(String id, String type) {
        assertThat(createdProfile(id, type)).isEqualTo(Written.DONE);
    }

    private Written createdProfile(String id, String type) {
        return actions().createProfile(id, "Profile", type, SECOND, "custom", event());
    }

    @Test
    void anActionThatAProfileNamesStays() {
        create(SECOND, Optional.empty());
        assertThat(createdProfile("tep_1", "urn:shop:ticket")).isEqualTo(Written.NOT_DEPLOYED);
        actions().deploy(SECOND, "w1", event());
        createProfile("tep_1", "urn:shop:ticket");
        assertThat(createdProfile("tep_2", "urn:shop:ticket")).isEqualTo(Written.TAKEN);
        assertThat(actions().profile("urn:shop:ticket").orElseThrow().action()).isEqualTo(SECOND);
        assertThat(actions().profile("urn:shop:other")).isEmpty();
        assertThat(actions().delete(SECOND, true, event())).isEqualTo(Written.NAMED);
        actions().deleteProfile("tep_1", event());
        assertThat(actions().delete(SECOND, false, event())).isEqualTo(Written.DONE);
        assertThat(actions().delete(SECOND, false, event())).isEqualTo(Written.UNKNOWN);
    }

    @Test
    void anActionKeepsItsBindingWhenOthersMove() {
        create(FIRST, Optional.of("v1"));
        create(SECOND, Optional.of("w1"));
        bind(FIRST);
        var before = actions().bindings(LOGIN).getFirst();
        var places = List.of(new Place("x", "Two", SECOND), new Place("y", "One", FIRST));
        actions().bind(LOGIN, places, event());
        var after = actions().bindings(LOGIN);
        assertThat(after).extracting(it -> it.id()).containsExactly("x", before.id());
        assertThat(after.getLast().createdAt()).isEqualTo(before.createdAt());
        assertThat(after.getLast().displayName()).isEqualTo("One");
        assertThat(actions().delete(FIRST, true, event())).isEqualTo(Written.DONE);
        assertThat(actions().bindings(LOGIN)).hasSize(1);
    }

    @Test
    void aStaleChangeOfADraftChangesNothing() {
        create(FIRST, Optional.empty());
        var seen = actions().find(FIRST).orElseThrow();
        change(FIRST, seen.name(), "mine");
        assertThat(actions().change(seen, "theirs", content("t"), Optional.empty(), event()))
                .isEqualTo(Written.STALE);
        assertThat(actions().find(FIRST).orElseThrow().draft().code()).isEqualTo("mine");
    }

    @Test
    void ofManyDeploymentsAtOnceEachGetsANumberAndOneRuns() throws Exception {
        create(FIRST, Optional.empty());
        var tasks =
                IntStream.range(0, 20)
                        .<Callable<Written>>mapToObj(
                                i -> () -> actions().deploy(FIRST, "v" + i, event()))
                        .toList();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var task : threads.invokeAll(tasks))
                assertThat(task.get()).isEqualTo(Written.DONE);
        }
        var versions = actions().versions(FIRST, 0, 50).versions();
        assertThat(versions.getFirst().number()).isEqualTo(20);
        assertThat(versions).filteredOn(it -> it.isDeployed()).containsExactly(versions.getFirst());
        assertThat(revision()).isEqualTo(20);
    }

    @Test
    void whatAnActionDidIsRememberedForTenDays() {
        database()
                .inTransaction(
                        tx -> {
                            tx.actions().recordExecution("e1", LOGIN, "{\"results\":[]}");
                            return true;
                        });
        var execution = actions().execution("e1").orElseThrow();
        assertThat(execution.document()).isEqualTo("{\"results\":[]}");
        assertThat(execution.trigger()).isEqualTo(LOGIN);
        assertThat(actions().execution("e2")).isEmpty();
        age(Duration.ofDays(10).minusMinutes(1));
        var longAgo = Duration.ofDays(400);
        assertThat(new Retention(database()).forget(longAgo, longAgo)).isZero();
        age(Duration.ofMinutes(2));
        assertThat(new Retention(database()).forget(longAgo, longAgo)).isEqualTo(1);
        assertThat(actions().execution("e1")).isEmpty();
    }

    /// Lets time pass for what was recorded.
    private void age(Duration duration) {
        Rows.change(database(), "UPDATE action_execution SET at = at - ?", duration.toMillis());
    }
}
