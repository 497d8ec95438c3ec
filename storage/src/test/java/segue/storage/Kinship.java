package segue.storage;

import segue.domain.authentication.Authentication;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;
import segue.domain.identifier.UserId;
import segue.domain.network.ClientAddress;
import segue.domain.network.Device;
import segue.domain.scope.ScopeBound;
import segue.domain.secret.Secret;
import segue.domain.session.Session;
import segue.domain.token.TokenFamily;
import segue.domain.transfer.Bounds;
import segue.domain.transfer.Transfer;
import segue.storage.jdbc.ClientTable;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;
import segue.storage.jdbc.UserDirectory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/// Random families of random clients with random settings in a database, and a model that says what
/// ends with what: rules that are applied until nothing more follows, written apart from the code.
final class Kinship {
    private static final Device DEVICE =
            new Device(ClientAddress.of(new byte[] {10, 0, 0, 1}), OptionalLong.empty(), "test");
    static final OrganizationId ACME = new OrganizationId("org_acme");

    /// A client's two flags.
    record Flags(boolean cascades, boolean online) {}

    /// A refresh-token family.
    record Token(
            FamilyId id,
            UserId user,
            ClientId client,
            Optional<SessionId> session,
            Optional<FamilyId> parent,
            Optional<String> audience,
            Optional<OrganizationId> organization) {}

    /// A session.
    record Login(SessionId id, UserId user, Optional<FamilyId> parent) {}

    /// A transfer that nobody has redeemed.
    record Ticket(TransferId id, FamilyId parent) {}

    private final Random random;
    private int next;
    final Map<ClientId, Flags> clients = new HashMap<>();
    final List<UserId> users = List.of(new UserId("auth0|ann"), new UserId("auth0|bob"));
    final List<Token> tokens = new ArrayList<>();
    final List<Login> logins = new ArrayList<>();
    final List<Ticket> tickets = new ArrayList<>();

    /// Stores one.
    ///
    /// @param seed the same one gives the same families
    Kinship(Database database, int seed) {
        this.random = new Random(seed);
        for (var name : List.of("app1", "app2", "web1", "web2"))
            clients.put(new ClientId(name), new Flags(random.nextBoolean(), random.nextBoolean()));
        database.inTransaction(
                tx -> {
                    store(tx);
                    return true;
                });
    }

    private void store(Tx tx) {
        clients.forEach(
                (id, flags) ->
                        tx.configuration()
                                .insertClient(
                                        id,
                                        "{}",
                                        new byte[0],
                                        new ClientTable.Flags(
                                                true, flags.cascades(), flags.online(), Set.of())));
        tx.configuration().insertConnection(Fixture.CONNECTION, "Users", "auth0", "{}");
        for (var user : users) {
            var keys =
                    new UserDirectory.Keys(
                            Optional.of(user.value().substring(6) + "@example.org"),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            false);
            tx.directory().insert(user, Fixture.CONNECTION, keys, "{}");
            populate(tx, user);
        }
    }

    private void populate(Tx tx, UserId user) {
        var natives = new ArrayList<Token>();
        for (var i = 0; i < 1 + random.nextInt(3); i++)
            natives.add(token(tx, user, "app", Optional.empty(), Optional.empty()));
        for (var i = 0; i < random.nextInt(4); i++) ticket(tx, any(natives));
        var mine = new ArrayList<Login>();
        for (var i = 0; i < random.nextInt(5); i++)
            mine.add(login(tx, user, perhaps(natives).map(Token::id)));
        for (var login : mine) {
            for (var i = 0; i < random.nextInt(3); i++) {
                // What a second transfer brings into a kept session has another parent than it.
                var parent = chance(2) ? login.parent() : perhaps(natives).map(Token::id);
                token(tx, user, "web", Optional.of(login.id()), parent);
            }
            // A native app that was silently authorised in a browser.
            if (login.parent().isEmpty() && chance(3)) {
                var app = token(tx, user, "app", Optional.of(login.id()), Optional.empty());
                if (chance(2)) login(tx, user, Optional.of(app.id()));
            }
        }
    }

    private boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private <T> Optional<T> perhaps(List<T> of) {
        return chance(3) ? Optional.empty() : Optional.of(any(of));
    }

    private String name(String kind) {
        return kind + next++;
    }

    private Token token(
            Tx tx,
            UserId user,
            String kind,
            Optional<SessionId> session,
            Optional<FamilyId> parent) {
        var token =
                new Token(
                        new FamilyId(name("rt")),
                        user,
                        new ClientId(kind + (1 + random.nextInt(2))),
                        session,
                        parent,
                        chance(2) ? Optional.of("https://api.example") : Optional.empty(),
                        chance(3) ? Optional.of(ACME) : Optional.empty());
        tx.families()
                .insert(
                        new TokenFamily(
                                token.id(),
                                user,
                                token.client(),
                                Fixture.CONNECTION,
                                token.organization(),
                                session,
                                parent,
                                "openid",
                                ScopeBound.NONE,
                                token.audience(),
                                Optional.empty(),
                                Authentication.byPassword(tx.now()),
                                true,
                                1,
                                tx.now(),
                                Optional.of(end(tx)),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty()),
                        DEVICE,
                        new Secret(token.id().value()).hash());
        tokens.add(token);
        return token;
    }

    private Login login(Tx tx, UserId user, Optional<FamilyId> parent) {
        var login = new Login(new SessionId(name("sid")), user, parent);
        var session =
                Session.open(
                        login.id(),
                        user,
                        Fixture.CONNECTION,
                        parent,
                        Authentication.byPassword(tx.now()),
                        tx.now(),
                        Fixture.LIMITS);
        tx.sessions()
                .insert(session, Optional.empty(), new Secret(login.id().value()).hash(), DEVICE);
        logins.add(login);
        return login;
    }

    private void ticket(Tx tx, Token parent) {
        var expires = chance(4) ? tx.now().minusSeconds(1) : tx.now().plus(Duration.ofHours(1));
        var id = new TransferId(name("stt"));
        tx.transfers()
                .insert(
                        new Secret(id.value()).hash(),
                        new Transfer(
                                id,
                                parent.id(),
                                parent.client(),
                                parent.user(),
                                Fixture.CONNECTION,
                                Optional.empty(),
                                "openid",
                                Authentication.byPassword(tx.now()),
                                DEVICE,
                                tx.now().minusSeconds(60),
                                expires,
                                Bounds.NONE,
                                false),
                        Optional.empty());
        if (expires.isAfter(tx.now())) tickets.add(new Ticket(id, parent.id()));
    }

    /// Some have expired already: they are ended like the others.
    private Instant end(Tx tx) {
        return chance(5) ? tx.now().minusSeconds(1) : tx.now().plus(Duration.ofDays(1));
    }

    /// What has ended, by id.
    record Ended(Set<String> tokens, Set<String> logins, Set<String> tickets) {
        Ended() {
            this(new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
        }
    }

    private final Ended already = new Ended();

    /// Predicts what ends with these roots beyond what ended before, and remembers it.
    ///
    /// @param all whether every token of the sessions that are roots ends, bound to them or not
    Ended end(Predicate<Token> rootTokens, Predicate<Login> rootLogins, boolean all) {
        var predicted = predict(rootTokens, rootLogins, all);
        already.tokens().addAll(predicted.tokens());
        already.logins().addAll(predicted.logins());
        already.tickets().addAll(predicted.tickets());
        return predicted;
    }

    /// Predicts what would end.
    Ended predict(Predicate<Token> rootTokens, Predicate<Login> rootLogins, boolean all) {
        var ended = new Ended();
        while (true) {
            var size = ended.tokens().size() + ended.logins().size();
            for (var token : tokens)
                if (!already.tokens().contains(token.id().value())
                        && (rootTokens.test(token) || follows(token, rootLogins, all, ended)))
                    ended.tokens().add(token.id().value());
            for (var login : logins)
                if (!already.logins().contains(login.id().value())
                        && (rootLogins.test(login)
                                || login.parent().filter(it -> cascades(it, ended)).isPresent()))
                    ended.logins().add(login.id().value());
            if (ended.tokens().size() + ended.logins().size() == size) break;
        }
        for (var ticket : tickets)
            if (ended.tokens().contains(ticket.parent().value())
                    && !already.tickets().contains(ticket.id().value()))
                ended.tickets().add(ticket.id().value());
        return ended;
    }

    private boolean follows(Token token, Predicate<Login> rootLogins, boolean all, Ended ended) {
        if (token.parent().filter(it -> cascades(it, ended)).isPresent()) return true;
        var session = token.session().filter(it -> ended.logins().contains(it.value()));
        if (session.isEmpty()) return false;
        var isRoot =
                logins.stream()
                        .filter(login -> login.id().equals(session.get()))
                        .anyMatch(rootLogins);
        if (all && isRoot) return true;
        return token.parent().isPresent() && flags(token.client()).online();
    }

    private boolean cascades(FamilyId family, Ended ended) {
        return ended.tokens().contains(family.value())
                && tokens.stream()
                        .filter(token -> token.id().equals(family))
                        .anyMatch(token -> flags(token.client()).cascades());
    }

    private Flags flags(ClientId client) {
        return Optional.ofNullable(clients.get(client)).orElseThrow();
    }

    /// The ids of everything that hasn't ended, as the database has it.
    static Set<String> standing(Database database) {
        return database.read(
                tx -> {
                    var ids = new HashSet<String>();
                    for (var user : List.of(new UserId("auth0|ann"), new UserId("auth0|bob"))) {
                        tx.families().lockOf(user).forEach(id -> ids.add(id.value()));
                        tx.sessions().lockOf(user).forEach(id -> ids.add(id.value()));
                    }
                    return ids;
                });
    }
}
