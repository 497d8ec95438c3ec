package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.phone.App;
import segue.demo.phone.Phone;
import segue.demo.wire.Answer;
import segue.domain.session.Session;

import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// How long sessions and refresh tokens live (contracts management-api §13, native-to-web §5.5, §7
/// and §8, authentication-api §3.3 and §4.5), over HTTP, on each database. Nobody waits: what the
/// database remembers is moved into the past.
abstract class LifetimeContract extends KinScene {
    /// The database, beside the server.
    abstract TimeTravel time();

    /// The tenant's `session_cookie.mode`.
    enum Mode {
        PERSISTENT,
        NON_PERSISTENT;

        /// How long sessions of this kind live here.
        private Limits limits() {
            return switch (this) {
                case PERSISTENT -> new Limits(Duration.ofHours(10), Duration.ofHours(4));
                case NON_PERSISTENT -> new Limits(Duration.ofHours(5), Duration.ofHours(2));
            };
        }
    }

    enum Limit {
        IDLE,
        ABSOLUTE
    }

    /// How a session began.
    enum Origin {
        SIGN_IN,
        TRANSFER
    }

    enum Edge {
        JUST_INSIDE,
        JUST_PAST
    }

    /// What somebody does in a browser that has a session.
    enum Interaction {
        SILENT,
        SIGN_IN,
        REDEMPTION
    }

    record Limits(Duration absolute, Duration idle) {
        private Duration of(Limit limit) {
            return limit == Limit.IDLE ? idle : absolute;
        }

        private Limits with(Limit limit, Duration value) {
            return limit == Limit.IDLE ? new Limits(absolute, value) : new Limits(value, idle);
        }
    }

    private static final String UNKNOWN = "Unknown or invalid refresh token.";
    private static final Duration MOMENT = Duration.ofMinutes(1);

    // Twice the most by which an idle end may lag behind the last use, so that half of it is left
    // for the test itself.
    private static final Duration MARGIN = Session.GRAIN.multipliedBy(2);

    // The tenant.

    @BeforeEach
    void everySessionIsPersistent() {
        tenant(Mode.PERSISTENT, Optional.empty());
    }

    /// Sets everything that decides about the lifetimes of sessions.
    ///
    /// @param transferred of sessions that a transfer opens; empty is as the others
    private void tenant(Mode mode, Optional<Limits> transferred) {
        var name = mode == Mode.PERSISTENT ? "persistent" : "non-persistent";
        manage(
                200,
                "PATCH",
                "tenants/settings",
                """
                {"session_cookie":{"mode":"%s"},
                 "session_lifetime_in_minutes":%s,"idle_session_lifetime_in_minutes":%s,
                 "ephemeral_session_lifetime_in_minutes":%s,"idle_ephemeral_session_lifetime_in_minutes":%s,
                 "transfer_session_lifetime_in_minutes":%s,"transfer_idle_session_lifetime_in_minutes":%s}
                """
                        .formatted(
                                name,
                                minutes(Optional.of(Mode.PERSISTENT.limits()), Limit.ABSOLUTE),
                                minutes(Optional.of(Mode.PERSISTENT.limits()), Limit.IDLE),
                                minutes(Optional.of(Mode.NON_PERSISTENT.limits()), Limit.ABSOLUTE),
                                minutes(Optional.of(Mode.NON_PERSISTENT.limits()), Limit.IDLE),
                                minutes(transferred, Limit.ABSOLUTE),
                                minutes(transferred, Limit.IDLE)));
    }

    private static String minutes(Optional<Limits> limits, Limit limit) {
        return limits.map(it -> Long.toString(it.of(limit).toMinutes())).orElse("null");
    }

    private void tenantChanges(Mode mode, Limit limit, Duration value) {
        var setting =
                (limit == Limit.IDLE ? "idle_" : "")
                        + (mode == Mode.PERSISTENT ? "" : "ephemeral_")
                        + "session_lifetime_in_minutes";
        manage(
                200,
                "PATCH",
                "tenants/settings",
                "{\"%s\":%d}".formatted(setting, value.toMinutes()));
    }

    // Browsers.

    /// A browser in which somebody is signed in.
    record Visitor(
            Clients clients, String email, String user, BrowserJar browser, String sessionId) {}

    private Visitor visitor(Origin origin) {
        var clients = clients(true, true);
        var email = operator().createUser();
        var browser = new BrowserJar(wire());
        var page =
                switch (origin) {
                    case SIGN_IN -> signIn(clients, email, browser);
                    case TRANSFER -> redeem(clients, email, browser);
                };
        assertThat(page.parameter("code")).isPresent();
        var user = userOf(email);
        return new Visitor(clients, email, user, browser, sessionOf(user));
    }

    private String userOf(String email) {
        return operator()
                .get("users-by-email?email=" + email)
                .json()
                .path(0)
                .path("user_id")
                .asString();
    }

    private String sessionOf(String user) {
        return only(operator().get(users(user) + "/sessions"), "sessions");
    }

    private Page signIn(Clients clients, String email, BrowserJar browser) {
        var page = browser.openUntilAway(authorize(clients, Map.of("prompt", "login")));
        var filled = Map.of("username", email, "password", Operator.PASSWORD);
        return browser.submitUntilAway(page, filled);
    }

    private Page redeem(Clients clients, String email, BrowserJar browser) {
        var phone = signedIn(clients, email);
        var token = phone.exchange().text("access_token");
        return browser.openUntilAway(authorize(clients, Map.of("session_transfer_token", token)));
    }

    private Phone signedIn(Clients clients, String email) {
        var phone = new Phone(wire(), new App(issuer(), clients.app()));
        assertThat(phone.signIn(email, Operator.PASSWORD, "openid offline_access").status())
                .isEqualTo(200);
        return phone;
    }

    /// What the web app hears: that there is a code, or what is wrong.
    private String interact(Interaction interaction, Visitor visitor) {
        var page =
                switch (interaction) {
                    case SILENT ->
                            visitor.browser()
                                    .openUntilAway(
                                            authorize(visitor.clients(), Map.of("prompt", "none")));
                    case SIGN_IN -> signIn(visitor.clients(), visitor.email(), visitor.browser());
                    case REDEMPTION ->
                            redeem(visitor.clients(), visitor.email(), visitor.browser());
                };
        return page.parameter("code").map(_ -> "code").or(() -> page.parameter("error")).orElse("");
    }

    private String silently(Visitor visitor) {
        return interact(Interaction.SILENT, visitor);
    }

    private void pass(Visitor visitor, Duration by) {
        time().ageSession(visitor.sessionId(), by);
    }

    /// The session in the Management API.
    private JsonNode seen(Visitor visitor) {
        var answer = operator().get("sessions/" + visitor.sessionId());
        assertThat(answer.status()).isEqualTo(200);
        return answer.json();
    }

    private boolean isGone(Visitor visitor) {
        return operator().get("sessions/" + visitor.sessionId()).status() == 404;
    }

    private static Instant at(JsonNode document, String name) {
        return Instant.parse(document.path(name).asString());
    }

    private static Duration between(JsonNode document, String from, String to) {
        return Duration.between(at(document, from), at(document, to));
    }

    /// The limits that a session shows: from its creation, and from its last use.
    private Limits limits(Visitor visitor) {
        var session = seen(visitor);
        return new Limits(
                between(session, "created_at", "expires_at"),
                between(session, "last_interacted_at", "idle_expires_at"));
    }

    /// Empty for a cookie that ends with the browser.
    private Optional<Instant> cookieEnds(Visitor visitor) {
        return visitor.browser().cookies(issuer()).stream()
                .filter(it -> it.name().equals("segue_session"))
                .findFirst()
                .orElseThrow()
                .expires();
    }

    // Sessions.

    /// Every combination of the constants of some enums.
    private static Stream<Arguments> every(List<? extends Class<? extends Enum<?>>> dimensions) {
        var rows = new ArrayList<List<Object>>(List.of(List.of()));
        for (var dimension : dimensions) {
            var longer = new ArrayList<List<Object>>();
            for (var row : rows)
                for (var constant : dimension.getEnumConstants()) {
                    var next = new ArrayList<>(row);
                    next.add(constant);
                    longer.add(next);
                }
            rows.clear();
            rows.addAll(longer);
        }
        return rows.stream().map(row -> Arguments.of(row.toArray()));
    }

    static Stream<Arguments> cells() {
        return every(List.of(Mode.class, Limit.class, Origin.class, Edge.class));
    }

    @ParameterizedTest(name = "{0}, {1}, {2}: {3}")
    @MethodSource("cells")
    void aSessionLivesUpToItsLimitAndNotBeyond(Mode mode, Limit limit, Origin origin, Edge edge) {
        tenant(mode, Optional.empty());
        var visitor = visitor(origin);
        var left = limitAfterUses(mode, limit, visitor);
        pass(visitor, edge == Edge.JUST_INSIDE ? left.minus(MARGIN) : left);
        assertThat(isGone(visitor)).isEqualTo(edge == Edge.JUST_PAST);
        assertThat(silently(visitor))
                .isEqualTo(edge == Edge.JUST_INSIDE ? "code" : "login_required");
    }

    /// What is left until the limit is reached: the absolute one takes uses on the way, or the idle
    /// one would come first.
    private Duration limitAfterUses(Mode mode, Limit limit, Visitor visitor) {
        if (limit == Limit.IDLE) return mode.limits().idle;
        var third = mode.limits().absolute.dividedBy(3);
        for (var use = 0; use < 2; use++) {
            pass(visitor, third);
            assertThat(silently(visitor)).isEqualTo("code");
        }
        return third;
    }

    static Stream<Arguments> modesAndOrigins() {
        return every(List.of(Mode.class, Origin.class));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("modesAndOrigins")
    void theCookieLivesAsLongAsTheSessionCanOrAsTheBrowser(Mode mode, Origin origin) {
        tenant(mode, Optional.empty());
        var visitor = visitor(origin);
        var ends = cookieEnds(visitor);
        assertThat(seen(visitor).at("/cookie/mode").asString())
                .isEqualTo(mode == Mode.PERSISTENT ? "persistent" : "non-persistent");
        assertThat(ends.isPresent()).isEqualTo(mode == Mode.PERSISTENT);
        ends.ifPresent(
                it ->
                        assertThat(it)
                                .isCloseTo(
                                        at(seen(visitor), "expires_at"),
                                        within(MOMENT.toSeconds(), ChronoUnit.SECONDS)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("modesAndOrigins")
    void aSilentUsePushesTheIdleLimitAndNeverTheAbsoluteOne(Mode mode, Origin origin) {
        tenant(mode, Optional.empty());
        var visitor = visitor(origin);
        assertThat(limits(visitor)).isEqualTo(mode.limits());
        pass(visitor, Duration.ofMinutes(90));
        var before = seen(visitor);
        assertThat(silently(visitor)).isEqualTo("code");
        var after = seen(visitor);
        assertThat(after.path("created_at")).isEqualTo(before.path("created_at"));
        assertThat(after.path("expires_at")).isEqualTo(before.path("expires_at"));
        assertThat(after.path("authenticated_at")).isEqualTo(before.path("authenticated_at"));
        assertThat(Duration.between(at(before, "idle_expires_at"), at(after, "idle_expires_at")))
                .isBetween(Duration.ofMinutes(90), Duration.ofMinutes(90).plus(MOMENT));
        assertThat(limits(visitor)).isEqualTo(mode.limits());
    }

    @Test
    void theIdleLimitNeverOutrunsTheAbsoluteOne() {
        var visitor = visitor(Origin.SIGN_IN);
        limitAfterUses(Mode.PERSISTENT, Limit.ABSOLUTE, visitor);
        var session = seen(visitor);
        assertThat(session.path("idle_expires_at")).isEqualTo(session.path("expires_at"));
    }

    // Limits that change.

    static Stream<Arguments> modesLimitsAndOrigins() {
        return every(List.of(Mode.class, Limit.class, Origin.class));
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("modesLimitsAndOrigins")
    void aReducedLimitAppliesToASessionFromItsNextInteraction(
            Mode mode, Limit limit, Origin origin) {
        tenant(mode, Optional.empty());
        var visitor = visitor(origin);
        var reduced = mode.limits().of(limit).multipliedBy(2).dividedBy(3);
        tenantChanges(mode, limit, reduced);
        pass(visitor, Duration.ofMinutes(10));
        assertThat(limits(visitor)).isEqualTo(mode.limits());
        assertThat(silently(visitor)).isEqualTo("code");
        assertThat(limits(visitor)).isEqualTo(mode.limits().with(limit, reduced));
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("modesLimitsAndOrigins")
    void anExtendedLimitIsForLaterSessionsOnly(Mode mode, Limit limit, Origin origin) {
        tenant(mode, Optional.empty());
        var visitor = visitor(origin);
        var extended = mode.limits().of(limit).multipliedBy(2);
        tenantChanges(mode, limit, extended);
        pass(visitor, Duration.ofMinutes(10));
        assertThat(silently(visitor)).isEqualTo("code");
        assertThat(limits(visitor)).isEqualTo(mode.limits());
        assertThat(limits(visitor(origin))).isEqualTo(mode.limits().with(limit, extended));
    }

    static Stream<Arguments> interactionsAndOrigins() {
        return every(List.of(Interaction.class, Origin.class));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("interactionsAndOrigins")
    void aSessionOlderThanAReducedLimitIsOverAtItsNextInteraction(
            Interaction interaction, Origin origin) {
        var visitor = visitor(origin);
        var third = limitAfterUses(Mode.PERSISTENT, Limit.ABSOLUTE, visitor);
        tenantChanges(Mode.PERSISTENT, Limit.ABSOLUTE, third.multipliedBy(2));
        assertThat(interact(interaction, visitor))
                .isEqualTo(interaction == Interaction.SILENT ? "login_required" : "code");
        assertThat(isGone(visitor)).isTrue();
        if (interaction == Interaction.SILENT) return;
        assertThat(sessionOf(visitor.user())).isNotEqualTo(visitor.sessionId());
        assertThat(silently(visitor)).isEqualTo("code");
    }

    // Limits of transferred sessions (THREATS R7.2).

    private static final Limits SHORT = new Limits(Duration.ofMinutes(90), Duration.ofMinutes(30));
    private static final Limits LONG = new Limits(Duration.ofHours(15), Duration.ofHours(7));

    static Stream<Arguments> transferredLimits() {
        return Stream.of(Mode.values())
                .flatMap(mode -> Stream.of(SHORT, LONG).map(limits -> Arguments.of(mode, limits)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("transferredLimits")
    void limitsOfTransferredSessionsAreForThemAlone(Mode mode, Limits transferred) {
        tenant(mode, Optional.of(transferred));
        for (var origin : Origin.values()) {
            var own = origin == Origin.TRANSFER ? transferred : mode.limits();
            var visitor = visitor(origin);
            assertThat(limits(visitor)).as("%s at first", origin).isEqualTo(own);
            pass(visitor, Duration.ofMinutes(10));
            assertThat(silently(visitor)).isEqualTo("code");
            assertThat(limits(visitor)).as("%s after a use", origin).isEqualTo(own);
            pass(visitor, own.idle.minus(MARGIN));
            assertThat(silently(visitor)).isEqualTo("code");
            pass(visitor, own.idle);
            assertThat(silently(visitor)).isEqualTo("login_required");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Interaction.class,
            names = {"SILENT", "REDEMPTION"})
    void aReducedLimitOfTransferredSessionsAppliesToThemAlone(Interaction interaction) {
        for (var origin : Origin.values()) {
            tenant(Mode.PERSISTENT, Optional.empty());
            var visitor = visitor(origin);
            tenant(Mode.PERSISTENT, Optional.of(SHORT));
            pass(visitor, Duration.ofMinutes(10));
            assertThat(interact(interaction, visitor)).isEqualTo("code");
            assertThat(limits(visitor))
                    .as("%s", origin)
                    .isEqualTo(origin == Origin.TRANSFER ? SHORT : Mode.PERSISTENT.limits());
        }
    }

    // Kept sessions and their cookies.

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("modesAndOrigins")
    void aSessionThatIsKeptOnRedemptionKeepsItsIdAndItsLimits(Mode mode, Origin origin) {
        tenant(mode, Optional.empty());
        var visitor = visitor(origin);
        pass(visitor, Duration.ofMinutes(90));
        var before = seen(visitor);
        assertThat(interact(Interaction.REDEMPTION, visitor)).isEqualTo("code");
        assertThat(sessionOf(visitor.user())).isEqualTo(visitor.sessionId());
        var after = seen(visitor);
        for (var same :
                List.of(
                        "created_at",
                        "expires_at",
                        "authenticated_at",
                        "session_transfer",
                        "cookie"))
            assertThat(after.path(same)).as(same).isEqualTo(before.path(same));
        assertThat(at(after, "last_interacted_at")).isAfter(at(before, "last_interacted_at"));
        assertThat(limits(visitor)).isEqualTo(mode.limits());
        // The cookie lives no longer than before.
        cookieEnds(visitor)
                .ifPresent(
                        it ->
                                assertThat(it)
                                        .isBeforeOrEqualTo(at(after, "expires_at").plus(MOMENT)));
    }

    /// THREATS R25.1.
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("interactionsAndOrigins")
    void aChangeOfAuthenticationKillsTheOldCookie(Interaction interaction, Origin origin) {
        var visitor = visitor(origin);
        var old = cookie(visitor);
        assertThat(interact(interaction, visitor)).isEqualTo("code");
        var isSame = interaction == Interaction.SILENT;
        assertThat(cookie(visitor).equals(old)).isEqualTo(isSame);
        var replayed = redeem(visitor.clients(), "", Optional.of(old));
        assertThat(code(replayed).isPresent()).isEqualTo(isSame);
        assertThat(silently(visitor)).isEqualTo("code");
    }

    private String cookie(Visitor visitor) {
        var secret = visitor.browser().cookie(issuer(), "segue_session").orElseThrow();
        return "segue_session=" + secret;
    }

    // What is bound to a session.

    static Stream<Arguments> limitsAndOnline() {
        return Stream.of(Limit.values())
                .flatMap(
                        limit -> Stream.of(true, false).map(online -> Arguments.of(limit, online)));
    }

    @ParameterizedTest(name = "{0}, online {1}")
    @MethodSource("limitsAndOnline")
    void onlineRefreshTokensEndWithAnExpiredSessionAndOfflineOnesLiveOn(
            Limit limit, boolean online) {
        var kin = kin(true, online);
        var visitor =
                new Visitor(kin.clients(), "", kin.user(), new BrowserJar(wire()), kin.sessionId());
        visitor.browser().plant(issuer(), "segue_session", kin.cookie().split("=", 2)[1]);
        pass(visitor, limitAfterUses(Mode.PERSISTENT, limit, visitor));
        var answer = refreshWeb(kin);
        if (!online) {
            assertThat(answer.status()).isEqualTo(200);
            return;
        }
        isUnknown(answer);
        assertThat(failureReason(kin)).isEqualTo("session_not_found");
        assertThat(kin.phone().refresh().status()).isEqualTo(200);
    }

    private static void isUnknown(Answer answer) {
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.text("error")).isEqualTo("invalid_grant");
        assertThat(answer.text("error_description")).isEqualTo(UNKNOWN);
    }

    private String failureReason(Kin kin) {
        return operator()
                .log("type:fertft")
                .valueStream()
                .filter(it -> it.path("user_id").asString("").equals(kin.user()))
                .map(it -> it.at("/details/failure_reason").asString())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void webAppsHearOfAnExpiredSession() throws Exception {
        try (var app = new LogoutReceiver()) {
            var kin = kin(true, true);
            operator()
                    .patchClient(
                            kin.clients().web(),
                            "{\"oidc_logout\":{\"backchannel_logout_urls\":[\"%s\"]}}"
                                    .formatted(app.uri()));
            time().ageSession(kin.sessionId(), Mode.PERSISTENT.limits().idle);
            assertThat(SignedJWT.parse(app.token()).getJWTClaimsSet().getStringClaim("sid"))
                    .isEqualTo(kin.sessionId());
            assertThat(
                            logged("oidc_backchannel_logout_succeeded", kin.sessionId())
                                    .at("/details/initiator")
                                    .asString())
                    .isEqualTo("session-expired");
            isUnknown(refreshWeb(kin));
            assertThat(failureReason(kin)).isEqualTo("session_not_found");
        }
    }

    // Refresh tokens.

    private static final Duration LIFETIME = Duration.ofHours(10);
    private static final Duration IDLE = Duration.ofHours(4);
    private static final Optional<Duration> INFINITE = Optional.empty();

    /// What a refresh token goes through: it is used after each step but the last one, and then the
    /// question is whether it is still good.
    record Row(
            String name,
            Optional<Duration> lifetime,
            Optional<Duration> idle,
            boolean isGood,
            Duration... steps) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Arguments> refreshTokens() {
        var third = LIFETIME.dividedBy(3);
        var inside = third.minus(MARGIN);
        var ages = Duration.ofDays(3650);
        var life = Optional.of(LIFETIME);
        var idle = Optional.of(IDLE);
        return Stream.of(
                        new Row("inside idle", life, idle, true, IDLE.minus(MARGIN)),
                        new Row("past idle", life, idle, false, IDLE),
                        new Row("inside absolute", life, idle, true, third, third, inside),
                        new Row("past absolute", life, idle, false, third, third, third),
                        new Row("idle infinite", life, INFINITE, true, LIFETIME.minus(MARGIN)),
                        new Row("idle infinite, past absolute", life, INFINITE, false, LIFETIME),
                        new Row(
                                "absolute infinite",
                                INFINITE,
                                idle,
                                true,
                                third,
                                third,
                                third,
                                third),
                        new Row("absolute infinite, past idle", INFINITE, idle, false, third, IDLE),
                        new Row("both infinite", INFINITE, INFINITE, true, ages, ages))
                .flatMap(row -> Stream.of(true, false).map(it -> Arguments.of(row, it)));
    }

    @ParameterizedTest(name = "{0}, rotating {1}")
    @MethodSource("refreshTokens")
    void aRefreshTokenLivesUpToItsLimitAndNotBeyond(Row row, boolean rotating) {
        var family = family(rotating, row.lifetime(), row.idle());
        var shown = shown(family).json();
        assertThat(shown.path("expires_at").isNull()).isEqualTo(row.lifetime().isEmpty());
        assertThat(shown.path("idle_expires_at").isNull()).isEqualTo(row.idle().isEmpty());
        var steps = List.of(row.steps());
        for (var step : steps.subList(0, steps.size() - 1)) {
            time().ageFamily(family.id(), step);
            assertThat(family.phone().refresh().status()).isEqualTo(200);
        }
        time().ageFamily(family.id(), steps.getLast());
        assertThat(shown(family).isOk()).isEqualTo(row.isGood());
        var answer = family.phone().refresh();
        if (row.isGood()) assertThat(answer.status()).isEqualTo(200);
        else isUnknown(answer);
    }

    /// A native sign-in and its refresh token.
    record Family(Clients clients, Phone phone, String id) {}

    private Answer shown(Family family) {
        return operator().get("refresh-tokens/" + family.id());
    }

    private Family family(boolean rotating, Optional<Duration> lifetime, Optional<Duration> idle) {
        var clients = clients(true, true);
        policy(clients, rotating, lifetime, idle);
        var email = operator().createUser();
        var phone = signedIn(clients, email);
        var user = userOf(email);
        var id = only(operator().get(users(user) + "/refresh-tokens"), "tokens");
        return new Family(clients, phone, id);
    }

    /// @param lifetime empty is infinite, whatever number stands beside it
    private void policy(
            Clients clients,
            boolean rotating,
            Optional<Duration> lifetime,
            Optional<Duration> idle) {
        operator()
                .patchClient(
                        clients.app(),
                        """
                        {"refresh_token":{"rotation_type":"%s","expiration_type":"expiring",
                         "token_lifetime":%d,"infinite_token_lifetime":%s,
                         "idle_token_lifetime":%d,"infinite_idle_token_lifetime":%s}}
                        """
                                .formatted(
                                        rotating ? "rotating" : "non-rotating",
                                        lifetime.orElse(LIFETIME).toSeconds(),
                                        lifetime.isEmpty(),
                                        idle.orElse(IDLE).toSeconds(),
                                        idle.isEmpty()));
    }

    static Stream<Arguments> exchanges() {
        return Stream.of("reduced", "extended")
                .flatMap(
                        change ->
                                Stream.of("refresh", "session transfer")
                                        .map(exchange -> Arguments.of(change, exchange)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("exchanges")
    void anExchangeRestartsIdleTimeWithTheCurrentSettingAndNeverTheAbsoluteOne(
            String change, String exchange) {
        var family = family(true, Optional.of(LIFETIME), Optional.of(IDLE));
        var factor = change.equals("reduced") ? 1 : 4;
        var idle = IDLE.multipliedBy(factor).dividedBy(2);
        policy(
                family.clients(),
                true,
                Optional.of(LIFETIME.multipliedBy(factor).dividedBy(2)),
                Optional.of(idle));
        // Longer than the reduced setting: until the exchange the old one is what counts.
        time().ageFamily(family.id(), IDLE.minus(MARGIN));
        var before = shown(family).json();
        var answer =
                exchange.equals("refresh") ? family.phone().refresh() : family.phone().exchange();
        assertThat(answer.status()).isEqualTo(200);
        var after = shown(family).json();
        assertThat(between(after, "last_exchanged_at", "idle_expires_at")).isEqualTo(idle);
        assertThat(after.path("expires_at")).isEqualTo(before.path("expires_at"));
        assertThat(between(after, "created_at", "expires_at")).isEqualTo(LIFETIME);
    }

    // The parent of a transfer.

    @ParameterizedTest
    @EnumSource
    void aParentThatMerelyExpiredEndsNothingButNothingNewStemsFromIt(Limit limit) {
        var kin = kin(true, true);
        // The defaults of contract authentication-api §4.5.
        var steps = limit == Limit.IDLE ? List.of(15) : List.of(14, 14, 2);
        for (var days : steps.subList(0, steps.size() - 1)) {
            time().ageFamily(kin.familyId(), Duration.ofDays(days));
            assertThat(kin.phone().refresh().status()).isEqualTo(200);
        }
        time().ageFamily(kin.familyId(), Duration.ofDays(steps.getLast()));
        var transfer = redeem(kin.clients(), kin.waiting(), Optional.empty());
        assertThat(code(transfer)).isEmpty();
        assertThat(operator().newestWarning())
                .isEqualTo(
                        "Single Sign-On failed: Parent refresh token not found. Session Transfer"
                                + " Token won't be used for session establishment.");
        isUnknown(kin.phone().exchange());
        assertThat(failureReason(kin)).isEqualTo("invalid_token");
        isUnknown(kin.phone().refresh());
        assertThat(sessionWorks(kin)).isTrue();
        assertThat(webTokenWorks(kin)).isTrue();
    }
}
