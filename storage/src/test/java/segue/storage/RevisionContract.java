package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.storage.jdbc.ClientTable;
import segue.storage.jdbc.ConfigurationTable;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// What a node remembers of the configuration is old as soon as the revision is another one, here
/// and on other nodes (docs/adr/0019).
abstract class RevisionContract {
    private static final ClientId NEW = new ClientId("new");
    private static final String API = "https://api.example";
    private static final OrganizationId ACME = new OrganizationId("org_acme");
    private static final ClientTable.Flags FLAGS =
            new ClientTable.Flags(true, true, false, Set.of());

    private Fixture fixture = new Fixture(unopened());
    private Database here = fixture.database;
    private Database there = fixture.database;

    @SuppressWarnings(
            "NullAway") // Replaced before each test; JUnit's lifecycle isn't the constructor's.
    private static Database unopened() {
        return null;
    }

    /// A new, empty database.
    abstract Database open() throws Exception;

    /// The same database once more, as another process opens it.
    abstract Database reopen() throws Exception;

    @BeforeEach
    void prepare() throws Exception {
        here = open();
        fixture = new Fixture(here).stored();
        there = reopen();
    }

    @AfterEach
    void close() {
        there.close();
        here.close();
    }

    private record Change(String name, Consumer<ConfigurationTable> work) {}

    @TestFactory
    Stream<DynamicTest> aChangeIsInForceAtOnceOnTheNodeThatMadeIt() {
        return Stream.of(
                        new Change(
                                "a new client",
                                it -> it.insertClient(NEW, "{}", new byte[0], FLAGS)),
                        new Change(
                                "a client",
                                it -> it.replaceClient(Fixture.APP, "{}", "{ }", FLAGS)),
                        new Change(
                                "a client's secret",
                                it -> it.putSecret(Fixture.WEB, new byte[] {1})),
                        new Change(
                                "a new API",
                                it -> it.insertResourceServer("rs_1", API, "{}", Optional.empty())),
                        new Change(
                                "a new grant",
                                it -> it.insertGrant("cgr_1", Fixture.WEB, API, "client", "{}")),
                        new Change("the grants of an API", it -> it.deleteGrantsFor(API)),
                        new Change(
                                "an API",
                                it -> it.replace(Kind.RESOURCE_SERVER, "rs_1", "{}", "{ }")),
                        new Change(
                                "an API's secret",
                                it -> it.putSigningSecret("rs_1", new byte[] {1})),
                        new Change(
                                "a new connection",
                                it ->
                                        it.insertConnection(
                                                new ConnectionId("con_2"), "More", "auth0", "{}")),
                        new Change(
                                "a connection's clients",
                                it -> it.enable(Fixture.CONNECTION, Fixture.APP, false)),
                        new Change(
                                "a new organization",
                                it -> it.insertOrganization(ACME, "acme", "{}")),
                        new Change(
                                "an organization",
                                it -> it.replaceOrganization(ACME, "{}", "acme2", "{ }")),
                        new Change("the tenant", it -> it.replaceTenant("{}", "{ }")),
                        new Change("a deletion", it -> it.delete(Kind.CLIENT, Fixture.WEB.value())))
                .map(it -> DynamicTest.dynamicTest(it.name(), () -> isInForceHere(it)));
    }

    private void isInForceHere(Change change) {
        var revision = new Revision(here);
        var before = revision.current();
        change(change.work());
        assertThat(revision.current()).isNotEqualTo(before);
    }

    private void change(Consumer<ConfigurationTable> work) {
        here.inTransaction(
                tx -> {
                    work.accept(tx.configuration());
                    return true;
                });
    }

    @Test
    void whatActionsRunIsConfigurationToo() {
        var revision = new Revision(here);
        var before = revision.current();
        here.inTransaction(
                tx -> {
                    tx.actions().raiseRevision();
                    return true;
                });
        assertThat(revision.current()).isNotEqualTo(before);
    }

    @Test
    void anotherNodeLearnsOfIt() throws InterruptedException {
        var revision = new Revision(there);
        var before = revision.current();
        change(it -> it.replaceTenant("{}", "{ }"));
        var deadline = Instant.now().plus(Duration.ofSeconds(20));
        while (revision.current() == before && Instant.now().isBefore(deadline)) Thread.sleep(10);
        assertThat(revision.current()).isNotEqualTo(before);
    }

    @Test
    void whoHasNotLookedYetSeesWhatIs() {
        var seen = new Revision(here).current();
        change(it -> it.replaceTenant("{}", "{ }"));
        assertThat(new Revision(there).current()).isNotEqualTo(seen);
    }

    @Test
    void theHandOffLeavesTheConfigurationAsItIs() {
        var before = stored();
        var app = fixture.exchange(fixture.signIn(Fixture.KIM).token());
        fixture.exchangeCode(fixture.redeem(app.transfer()).code());
        fixture.refresh(fixture.app(), app.successor());
        assertThat(stored()).isEqualTo(before);
    }

    @Test
    void aChangeThatFailsIsNone() {
        var before = stored();
        assertThatThrownBy(
                        () ->
                                here.inTransaction(
                                        tx -> {
                                            tx.configuration().replaceTenant("{}", "{ }");
                                            throw new IllegalStateException("undone");
                                        }))
                .hasMessage("undone");
        assertThat(stored()).isEqualTo(before);
    }

    private long stored() {
        return there.read((Tx tx) -> tx.configuration().revision());
    }
}
