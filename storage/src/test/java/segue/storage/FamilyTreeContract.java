package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.authentication.Authentication;
import segue.domain.family.Member;
import segue.domain.family.Member.Kind;
import segue.domain.family.Member.State;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;
import segue.domain.network.ClientAddress;
import segue.domain.network.Device;
import segue.domain.revocation.Cause;
import segue.domain.scope.ScopeBound;
import segue.domain.secret.Secret;
import segue.domain.session.Session;
import segue.domain.token.TokenFamily;
import segue.domain.transfer.Bounds;
import segue.domain.transfer.Transfer;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;
import segue.storage.jdbc.Watched;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The view of a family (contract native-to-web §14), large and small.
abstract class FamilyTreeContract {
    private static final Device DEVICE =
            new Device(ClientAddress.of(new byte[] {10, 0, 0, 1}), OptionalLong.empty(), "test");
    private static final int LEVELS = 4;

    /// A new, empty database.
    abstract Database open(Watched.Before before) throws Exception;

    /// What a family has below its native refresh token. The first transfers opened the sessions;
    /// the others were refused, expired and wait, in turns.
    ///
    /// @param tokens refresh tokens of all sessions together
    private record Size(int transfers, int sessions, int tokens) {}

    @Test
    void aFamilyOfAnySizeIsReadWithOneQueryALevel() throws Exception {
        var queries = new AtomicInteger();
        Watched.Before counting =
                sql -> {
                    // The time of the transaction is no part of the view.
                    if (sql.startsWith("SELECT") && !sql.contains("now()"))
                        queries.incrementAndGet();
                };
        try (var database = open(counting)) {
            new Fixture(database).stored();
            var trees = new FamilyTrees(database);
            var small = store(database, "small", new Size(1, 1, 1));
            var large = store(database, "large", new Size(200, 50, 100));

            var few = counted(queries, () -> trees.of(small));
            var many = counted(queries, () -> trees.of(large));
            // To find the root costs one more than the levels.
            assertThat(few.queries()).isPositive().isLessThanOrEqualTo(LEVELS + 1);
            assertThat(many.queries()).isEqualTo(few.queries());
            assertThat(shape(many.tree()))
                    .containsOnly(
                            Map.entry("REFRESH_TOKEN ACTIVE", 1L + 90),
                            Map.entry("REFRESH_TOKEN ENDED", 10L),
                            Map.entry("SESSION ACTIVE", 45L),
                            Map.entry("SESSION ENDED", 5L),
                            Map.entry("SESSION_TRANSFER_TOKEN REDEEMED", 50L),
                            Map.entry("SESSION_TRANSFER_TOKEN REFUSED", 50L),
                            Map.entry("SESSION_TRANSFER_TOKEN EXPIRED", 50L),
                            Map.entry("SESSION_TRANSFER_TOKEN ISSUED", 50L));
            hangsTogether(many.tree());

            var fewBySession = counted(queries, () -> trees.of(new SessionId("small-sid0")));
            var manyBySession = counted(queries, () -> trees.of(new SessionId("large-sid0")));
            assertThat(manyBySession.queries())
                    .isEqualTo(fewBySession.queries())
                    .isLessThanOrEqualTo(LEVELS + 1);
            assertThat(manyBySession.tree()).isEqualTo(many.tree());
            assertThat(fewBySession.tree()).isEqualTo(few.tree());
        }
    }

    /// Each session hangs below the transfer that opened it, with the two tokens issued in it.
    private static void hangsTogether(Member root) {
        assertThat(root.children()).hasSize(200);
        for (var transfer : root.children()) {
            assertThat(transfer.kind()).isEqualTo(Kind.SESSION_TRANSFER_TOKEN);
            assertThat(transfer.children())
                    .hasSize(transfer.state() == State.REDEEMED ? 1 : 0)
                    .allSatisfy(
                            session -> {
                                var number = session.id().substring("large-sid".length());
                                assertThat(transfer.id()).isEqualTo("large-stt" + number);
                                assertThat(session.children())
                                        .extracting(Member::kind)
                                        .containsExactly(Kind.REFRESH_TOKEN, Kind.REFRESH_TOKEN);
                            });
        }
    }

    private record Counted(Member tree, int queries) {}

    private static Counted counted(AtomicInteger queries, Supplier<Optional<Member>> view) {
        queries.set(0);
        var tree = view.get().orElseThrow();
        return new Counted(tree, queries.get());
    }

    private static Map<String, Long> shape(Member root) {
        return members(root)
                .collect(
                        Collectors.groupingBy(
                                it -> it.kind() + " " + it.state(), Collectors.counting()));
    }

    private static Stream<Member> members(Member root) {
        return Stream.concat(
                Stream.of(root), root.children().stream().flatMap(FamilyTreeContract::members));
    }

    /// Every tenth session has ended, and with it its tokens.
    private static FamilyId store(Database database, String name, Size size) {
        return database.inTransaction(
                tx -> {
                    var root = token(tx, name, Fixture.APP, Optional.empty(), Optional.empty());
                    for (var i = 0; i < size.transfers(); i++)
                        transfer(tx, name + "-stt" + i, root, i < size.sessions() ? 0 : 1 + i % 3);
                    for (var i = 0; i < size.sessions(); i++) session(tx, name, i, root);
                    for (var i = 0; i < size.tokens(); i++) {
                        var session = i % size.sessions();
                        var token =
                                token(
                                        tx,
                                        name + "-rt" + i,
                                        Fixture.WEB,
                                        Optional.of(new SessionId(name + "-sid" + session)),
                                        Optional.of(root));
                        if (session % 10 == 9)
                            tx.families().end(List.of(token), Cause.SESSION_ENDED);
                    }
                    return root;
                });
    }

    private static FamilyId token(
            Tx tx,
            String id,
            ClientId client,
            Optional<SessionId> session,
            Optional<FamilyId> parent) {
        var family =
                new TokenFamily(
                        new FamilyId(id),
                        Fixture.KIM,
                        client,
                        Fixture.CONNECTION,
                        Optional.empty(),
                        session,
                        parent,
                        "openid",
                        ScopeBound.NONE,
                        Optional.empty(),
                        Optional.empty(),
                        Authentication.byPassword(tx.now()),
                        true,
                        1,
                        tx.now(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty());
        tx.families().insert(family, DEVICE, new Secret(id).hash());
        return family.id();
    }

    /// @param fate 0 redeemed, 1 refused, 2 expired, 3 waiting
    private static void transfer(Tx tx, String name, FamilyId parent, int fate) {
        var id = new TransferId(name);
        var hash = new Secret(name).hash();
        tx.transfers()
                .insert(
                        hash,
                        new Transfer(
                                id,
                                parent,
                                Fixture.APP,
                                Fixture.KIM,
                                Fixture.CONNECTION,
                                Optional.empty(),
                                "openid",
                                Authentication.byPassword(tx.now()),
                                DEVICE,
                                tx.now().minusSeconds(60),
                                fate == 2 ? tx.now().minusSeconds(1) : tx.now().plusSeconds(60),
                                Bounds.NONE,
                                false),
                        Optional.empty());
        if (fate > 1) return;
        tx.transfers().claim(hash, Fixture.WEB, Optional.empty());
        tx.transfers().record(id, fate == 0 ? "accepted" : "other_device");
    }

    private static void session(Tx tx, String name, int number, FamilyId parent) {
        var id = new SessionId(name + "-sid" + number);
        tx.sessions()
                .insert(
                        Session.open(
                                id,
                                Fixture.KIM,
                                Fixture.CONNECTION,
                                Optional.of(parent),
                                Authentication.byPassword(tx.now()),
                                tx.now(),
                                Fixture.LIMITS),
                        Optional.of(new TransferId(name + "-stt" + number)),
                        new Secret(id.value()).hash(),
                        DEVICE);
        if (number % 10 == 9) tx.sessions().end(List.of(id), Cause.LOGGED_OUT);
    }
}
