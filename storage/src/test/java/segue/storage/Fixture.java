package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import segue.domain.action.Policy;
import segue.domain.authorize.Ask;
import segue.domain.authorize.Consent;
import segue.domain.authorize.ResponseType;
import segue.domain.client.Delivery;
import segue.domain.client.RefreshPolicy;
import segue.domain.client.TransferPolicy;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.GrantId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.logout.Initiator;
import segue.domain.network.ClientAddress;
import segue.domain.network.Device;
import segue.domain.network.DeviceBinding;
import segue.domain.network.Geo;
import segue.domain.secret.Secret;
import segue.domain.session.SessionLimits;
import segue.domain.token.AccessTokenLifetimes;
import segue.domain.token.AuthorizationCode;
import segue.domain.token.KeyThumbprint;
import segue.domain.token.RefreshScope;
import segue.domain.transfer.Bounds;
import segue.domain.transfer.Challenge;
import segue.domain.transfer.Presented;
import segue.storage.jdbc.ClientTable;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.LogTable;
import segue.storage.jdbc.UserDirectory;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// A small tenant in a database: an app, a web client, two users; and the shortest way to say what
/// they do.
final class Fixture {
    static final ConnectionId CONNECTION = new ConnectionId("con_1");
    static final UserId KIM = new UserId("auth0|kim");
    static final UserId LEE = new UserId("auth0|lee");
    static final ClientId APP = new ClientId("app");
    static final ClientId WEB = new ClientId("web");

    /// What an operator does is reported by this.
    static final LogEvent ADMIN = LogEvent.of("sapi", from(9)).described("Do it");

    static final SessionLimits LIMITS =
            new SessionLimits(Duration.ofHours(8), Duration.ofHours(2), true);

    final Database database;
    Authorizations.Arrival arrival = Authorizations.Arrival.PLAIN;
    private final SecureRandom random = new SecureRandom();
    Policy policy = new Policy.None();
    SessionLimits limits = LIMITS;
    RefreshPolicy refresh =
            new RefreshPolicy(
                    true,
                    Duration.ZERO,
                    Optional.of(Duration.ofDays(30)),
                    Optional.of(Duration.ofDays(15)));
    TransferPolicy appPolicy =
            new TransferPolicy(true, true, Set.of(), DeviceBinding.IP, false, true);
    TransferPolicy webPolicy =
            new TransferPolicy(
                    false,
                    true,
                    Set.of(Delivery.COOKIE, Delivery.QUERY),
                    DeviceBinding.IP,
                    true,
                    true);

    /// That requests prove possession of.
    Optional<KeyThumbprint> key = Optional.empty();

    /// What exchanges ask for, and what redemptions bring.
    Bounds bounds = Bounds.NONE;

    Optional<Challenge> challenge = Optional.empty();
    Optional<Challenge> proof = Optional.empty();

    /// What the web client asks for.
    String scope = "openid offline_access";

    /// How it asks for it.
    Consent.Terms consent = new Consent.Terms(true, true, false, false, Set.of());

    /// Of which ends the clients want to hear.
    Set<Initiator> hears = Set.of();

    Fixture(Database database) {
        this.database = database;
    }

    /// Stores the tenant; again after a policy was changed.
    Fixture stored() {
        var configuration = new Configuration(database);
        configuration.begin(
                table -> {
                    table.insertConnection(CONNECTION, "Users", "auth0", "{}");
                    table.putTenant("{}");
                });
        database.inTransaction(
                tx -> {
                    for (var client : new ClientId[] {APP, WEB}) {
                        var policy = client.equals(APP) ? appPolicy : webPolicy;
                        var flags =
                                new ClientTable.Flags(
                                        policy.mayCreate(),
                                        policy.cascades(),
                                        policy.online(),
                                        hears);
                        tx.configuration().insertClient(client, "{}", new byte[0], flags);
                        tx.configuration().replaceClient(client, "{}", "{}", flags);
                        tx.configuration().enable(CONNECTION, client, true);
                    }
                    for (var user : new UserId[] {KIM, LEE})
                        tx.directory()
                                .insert(
                                        user,
                                        CONNECTION,
                                        new UserDirectory.Keys(
                                                Optional.of(
                                                        user.value().substring(6) + "@example.org"),
                                                Optional.empty(),
                                                Optional.empty(),
                                                Optional.empty(),
                                                false),
                                        "{}");
                    return true;
                });
        return this;
    }

    /// Blocks the first user, as an operator does.
    void block() {
        var blocked =
                new UserDirectory.Keys(
                        Optional.of("kim@example.org"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        true);
        assertThat(new Users(database).update(KIM, blocked, "{}", "{}", ADMIN))
                .isEqualTo(Users.Changed.DONE);
    }

    Secret secret() {
        return new Secret(id());
    }

    String id() {
        var bytes = new byte[24];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    static Origin from(int lastByte) {
        var address = ClientAddress.of(new byte[] {10, 0, 0, (byte) lastByte});
        return new Origin(
                new Device(address, OptionalLong.of(64500), "test"),
                Geo.UNKNOWN,
                "localhost",
                Optional.empty());
    }

    Caller app() {
        return new Caller(APP, "App", refresh, appPolicy, true, key);
    }

    Caller web() {
        return new Caller(WEB, "Web", refresh, webPolicy, false, key);
    }

    /// A native sign-in: a family and its first token.
    record Native(FamilyId family, Secret token) {}

    Native signIn(UserId user) {
        return signIn(user, Optional.empty());
    }

    Native signIn(UserId user, Optional<OrganizationId> organization) {
        var token = secret();
        var family = new FamilyId(id());
        new SignIns(database).grant(granting(user, organization, family, token));
        return new Native(family, token);
    }

    SignIns.DirectGrant granting(
            UserId user, Optional<OrganizationId> organization, FamilyId family, Secret token) {
        return new SignIns.DirectGrant(
                new SignIns.Proof.Password(),
                user,
                app(),
                organization,
                "openid offline_access",
                Optional.empty(),
                true,
                family,
                token.hash(),
                new GrantId(id()),
                secret().hash(),
                LIFETIMES,
                policy,
                from(1));
    }

    /// An exchange, and the tokens that are valid if it is granted.
    record Exchanged(Transfers.Minted outcome, Secret transfer, Secret successor) {}

    Exchanged exchange(Secret refreshToken) {
        var transfer = secret();
        var successor = secret();
        var asking = asking(refreshToken, transfer, successor);
        var outcome = new Transfers(database, PLENTY, Observer.NONE).mint(asking);
        return new Exchanged(outcome, transfer, successor);
    }

    Transfers.Mint asking(Secret refreshToken, Secret transfer, Secret successor) {
        return new Transfers.Mint(
                refreshToken.hash(),
                app(),
                "urn:localhost:session_transfer",
                true,
                Optional.empty(),
                new TransferId(id()),
                transfer.hash(),
                successor.hash(),
                bounds,
                challenge,
                policy,
                from(1));
    }

    /// A browser's request, and the secrets that are valid if it is granted.
    record Visit(
            Authorizations.Authorized outcome, Secret cookie, Secret code, SessionId session) {}

    /// A day, whatever they are for.
    static final AccessTokenLifetimes LIFETIMES = _ -> Duration.ofDays(1);

    static final Transfers.Limit PLENTY = new Transfers.Limit(600, Duration.ofMinutes(1));

    static final Ask PLAIN = new Ask(false, false, Optional.empty(), Optional.empty());
    static final Ask SILENT = new Ask(true, false, Optional.empty(), Optional.empty());

    /// A request that is yet to be evaluated, and the secrets that it can make valid.
    record Request(
            Authorizations.Authorize command,
            Secret cookie,
            Secret code,
            SessionId session,
            Secret interaction,
            Secret browser) {}

    Request request(Presented presented, Optional<Secret> cookie, Ask ask, Origin origin) {
        var session = secret();
        var code = secret();
        var interaction = secret();
        var browser = secret();
        var id = new SessionId(id());
        var command =
                new Authorizations.Authorize(
                        presented,
                        proof,
                        arrival,
                        web(),
                        ResponseType.CODE,
                        ask,
                        Optional.empty(),
                        cookie.map(Secret::hash),
                        Optional.empty(),
                        new AuthorizationCode.Request(
                                Optional.empty(),
                                Optional.of("https://web.example/cb"),
                                Optional.of("challenge"),
                                Optional.empty(),
                                scope,
                                Optional.empty(),
                                Optional.empty(),
                                false,
                                Optional.empty()),
                        scope.contains("offline_access"),
                        Optional.empty(),
                        limits,
                        limits,
                        new Transfers.Limit(5, Duration.ofHours(1)),
                        "client_id=web",
                        consent,
                        policy,
                        new Authorizations.Minted(
                                id,
                                session.hash(),
                                code.hash(),
                                new GrantId(id()),
                                interaction.hash(),
                                browser.hash()),
                        origin);
        return new Request(command, session, code, id, interaction, browser);
    }

    Visit visit(Presented presented, Optional<Secret> cookie, Ask ask, Origin origin) {
        var request = request(presented, cookie, ask, origin);
        var outcome = new Authorizations(database, Observer.NONE).authorize(request.command());
        return new Visit(outcome, request.cookie(), request.code(), request.session());
    }

    Visit redeem(Secret transfer) {
        return visit(new Presented.Once(transfer.hash()), Optional.empty(), PLAIN, from(1));
    }

    Visit comeBack(Secret cookie) {
        return visit(new Presented.Nowhere(), Optional.of(cookie), SILENT, from(1));
    }

    /// A code exchange, and the refresh token that is valid if it is granted.
    record Tokens(Codes.Exchanged outcome, FamilyId family, Secret refreshToken) {}

    Tokens exchangeCode(Secret code) {
        return exchangeCode(code, secret());
    }

    Tokens exchangeCode(Secret code, Secret accessToken) {
        var family = new FamilyId(id());
        var refreshToken = secret();
        var outcome =
                new Codes(database)
                        .exchange(
                                new Codes.Exchange(
                                        code.hash(),
                                        web(),
                                        Optional.of("https://web.example/cb"),
                                        Optional.of("challenge"),
                                        new RefreshScope.Target.Original(),
                                        family,
                                        refreshToken.hash(),
                                        new GrantId(id()),
                                        accessToken.hash(),
                                        LIFETIMES,
                                        from(1)));
        return new Tokens(outcome, family, refreshToken);
    }

    Families.Refreshed refresh(Caller caller, Secret token) {
        return refresh(caller, token, secret());
    }

    Families.Refreshed refresh(Caller caller, Secret token, Secret successor) {
        return refresh(caller, token, successor, EVERYTHING);
    }

    static final RefreshScope.Asked EVERYTHING =
            new RefreshScope.Asked(new RefreshScope.Target.Original(), Optional.empty(), Map.of());

    Families.Refreshed refresh(
            Caller caller, Secret token, Secret successor, RefreshScope.Asked asked) {
        return new Families(database).refresh(refreshing(caller, token, successor, asked));
    }

    Families.Refresh refreshing(
            Caller caller, Secret token, Secret successor, RefreshScope.Asked asked) {
        return new Families.Refresh(
                token.hash(),
                caller,
                asked,
                successor.hash(),
                secret().hash(),
                LIFETIMES,
                policy,
                from(1));
    }

    boolean isSignedIn(Secret cookie) {
        return comeBack(cookie).outcome() instanceof Authorizations.Authorized.Granted;
    }

    /// The log, oldest first. What was written in this very millisecond isn't shown yet, because
    /// more may sort below it, so the clock must have gone on.
    static List<LogTable.Entry> entries(Database database) {
        var written = database.time().toEpochMilli();
        while (database.time().toEpochMilli() <= written) Thread.onSpinWait();
        return new Observations(database).logAfter(0, 0, 10_000);
    }

    /// The types and descriptions of the log, oldest first.
    List<String> log() {
        return entries(database).stream()
                .map(
                        entry ->
                                entry.columns().get("type")
                                        + " "
                                        + entry.columns().getOrDefault("description", ""))
                .map(String::strip)
                .toList();
    }

    static Instant epoch() {
        return Instant.parse("2026-03-02T09:00:00Z");
    }
}
