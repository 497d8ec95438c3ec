package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.phone.Phone;
import segue.demo.story.HandOff;
import segue.demo.story.World;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// Contract native-to-web over real HTTP: the exchange, every cell of table 5.3 by cookie and by
/// query, what a redemption leaves behind, and what the log says.
class HandOffStory extends BrowserScene {
    HandOffStory() {
        // The table meets one user's tokens with many sessions of others.
        super(Map.of("limits.mismatch-revocations", "1000/h"));
    }

    @Test
    void theDemoTellsTheWholeStory() {
        var output = new ByteArrayOutputStream();
        var told =
                new HandOff(world(), new PrintStream(output, true, StandardCharsets.UTF_8), false)
                        .tell();
        var text = output.toString(StandardCharsets.UTF_8);
        assertThat(told).as(text).isTrue();
        assertThat(text.replaceAll("\\s+", " "))
                .contains("no URL had the ticket in it")
                .contains("refused by device_binding (other_device)");
    }

    @Test
    void theExchangeAnswersExactlyTheDocumentedFields() {
        var exchange = phone().exchange();
        assertThat(exchange.json().propertyNames())
                .containsExactlyInAnyOrder(
                        "access_token",
                        "issued_token_type",
                        "token_type",
                        "expires_in",
                        "id_token",
                        "refresh_token");
        assertThat(exchange.text("issued_token_type"))
                .isEqualTo("urn:auth0:params:oauth:token-type:session_transfer_token");
        assertThat(exchange.text("token_type")).isEqualTo("N_A");
        assertThat(exchange.json().path("expires_in").asInt()).isEqualTo(60);
    }

    @Test
    void withoutOpenidThereIsNoIdToken() {
        var phone = world().phone("127.0.0.1");
        phone.signIn(World.ADA, world().password(), "offline_access");
        assertThat(phone.exchange().json().has("id_token")).isFalse();
    }

    @Test
    void theUrnNamesUsInAnyOfTheFormsThatSdksBuild() {
        var phone = phone();
        var port = ":" + world().issuer().getPort();
        for (var host : List.of("localhost", "LOCALHOST", "localhost" + port))
            assertThat(phone.exchange("urn:" + host + ":session_transfer").status())
                    .as(host)
                    .isEqualTo(200);
        var foreign = phone.exchange("urn:evil.example:session_transfer");
        assertThat(foreign.status()).isEqualTo(403);
        assertThat(foreign.text("error")).isEqualTo("access_denied");
        assertThat(foreign.text("error_description"))
                .isEqualTo("Service not found: urn:evil.example:session_transfer");
        assertThat(phone.exchange().status()).isEqualTo(200);
    }

    @Test
    void aTransferIsNoBearerToken() {
        var token = transfer();
        var wire = world().wire("127.0.0.1");
        assertThat(wire.get(world().issuer().resolve("userinfo"), token).status()).isEqualTo(401);
        assertThat(wire.get(world().issuer().resolve("api/v2/clients"), token).status())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aValidTokenSignsInABrowserWithoutASession(boolean byCookie) {
        var browser = browser();
        var page = present(browser, byCookie, transfer(), Map.of());
        assertThat(page.parameter("code")).isPresent();
        assertThat(page.parameter("state")).hasValue("s1");
        assertThat(page.parameter("iss")).hasValue(world().issuer().toString());
        assertThat(browser.cookie(world().issuer(), COOKIE)).isEmpty();
        assertThat(isSignedIn(browser)).isTrue();
    }

    private static final String W1 =
            "w Single Sign-On failed: Session Transfer Token not found or expired. This may"
                    + " indicate token reuse or expiration.";
    private static final String W2 =
            "w Single Sign-On failed: Session Transfer Token device binding validation failed due"
                    + " to IP/ASN mismatch.";
    private static final String W3 =
            "w Single Sign-On failed: Session Transfer Token organization mismatch detected.";
    private static final String W4 =
            "w Single Sign-On failed: Session Transfer Token user mismatch detected.";
    private static final String W5 =
            "w Single Sign-On failed: Parent refresh token not found. Session Transfer Token won't"
                    + " be used for session establishment.";
    private static final String METHOD =
            "w Single Sign-On failed: Session Transfer Token authentication method not allowed.";
    private static final String CONNECTION =
            "w Single Sign-On failed: Session Transfer Token connection is not enabled for the"
                    + " client.";
    private static final String ISSUER =
            "w Single Sign-On failed: Session Transfer Token issuing client is not allowed to"
                    + " create tokens.";

    /// The rows of table 5.3, and for each what the log says of it; empty if nothing.
    enum Sent {
        NOTHING(""),
        FEATURE_OFF(""),
        METHOD_NOT_ALLOWED(METHOD),
        VALID(""),
        EXPIRED(W1),
        USED(W1),
        RANDOM(W1),
        WRONG_ADDRESS(W2),
        OTHER_ORGANIZATION(W3),
        PARENT_REVOKED(W5),
        CONNECTION_NOT_ENABLED(CONNECTION),
        USER_BLOCKED("f user is blocked"),
        USER_DELETED("f user does not exist"),
        ISSUER_NOT_ALLOWED(ISSUER);

        private final String logged;

        Sent(String logged) {
            this.logged = logged;
        }

        /// The token is looked at: then no session is used but the one that it opens.
        boolean isLookedAt() {
            return this != NOTHING && this != FEATURE_OFF && this != METHOD_NOT_ALLOWED;
        }
    }

    /// The columns of table 5.3.
    private enum Has {
        NO_SESSION,
        SESSION_OF_THE_SAME_USER,
        SESSION_OF_ANOTHER_USER,
        ENDED_SESSION
    }

    @ParameterizedTest
    @EnumSource
    void everyCellOfTheTableIsAsTheContractSays(Sent sent) {
        var other = operator().createUser();
        for (var has : Has.values())
            for (var byCookie : List.of(true, false)) cell(sent, has, byCookie, other);
    }

    /// One cell. Its user is new where something is done to them, and Ada otherwise.
    private void cell(Sent sent, Has has, boolean byCookie, String other) {
        var what = "%s %s %s".formatted(sent, has, byCookie ? "by cookie" : "by query");
        var isTheirEnd = sent == Sent.USER_BLOCKED || sent == Sent.USER_DELETED;
        var user = isTheirEnd ? operator().createUser() : World.ADA;
        var password = isTheirEnd ? Operator.PASSWORD : world().password();
        var phone = phone(user, password, HERE);
        var browser = browser();
        var owner =
                switch (has) {
                    case NO_SESSION -> Optional.<String>empty();
                    case SESSION_OF_THE_SAME_USER, ENDED_SESSION -> Optional.of(user);
                    case SESSION_OF_ANOTHER_USER -> Optional.of(other);
                };
        owner.ifPresent(
                it -> {
                    var theirs =
                            it.equals(other)
                                    ? transferOf(other)
                                    : phone(user, password, HERE).exchange().text("access_token");
                    assertThat(present(browser, false, theirs, Map.of()).parameter("code"))
                            .isPresent();
                });
        if (has == Has.ENDED_SESSION)
            sql(
                    "UPDATE session SET ended_at = created_at, cause = 'REVOKED' WHERE ended_at IS"
                            + " NULL");
        var token = phone.exchange().text("access_token");
        var more = new LinkedHashMap<String, String>();
        var before = logged();
        var page = sent(sent, phone, user, token, byCookie, browser, more);
        var isAlive = has == Has.SESSION_OF_THE_SAME_USER || has == Has.SESSION_OF_ANOTHER_USER;
        var isOthers = has == Has.SESSION_OF_ANOTHER_USER;
        var isIn = sent == Sent.VALID ? !isOthers : isAlive && !sent.isLookedAt();
        assertThat(page.parameter("code").isPresent()).as(what).isEqualTo(isIn);
        assertThat(page.asksToSignIn()).as(what).isEqualTo(!isIn);
        var expected = sent == Sent.VALID && isOthers ? W4 : sent.logged;
        var refusals = since(before).stream().filter(it -> !it.startsWith("s")).toList();
        assertThat(refusals).as(what).isEqualTo(expected.isEmpty() ? List.of() : List.of(expected));
        var lives =
                sent == Sent.VALID
                        ? !isOthers
                        : isAlive && !(isTheirEnd && has == Has.SESSION_OF_THE_SAME_USER);
        // A cookie that wasn't looked at is still there, and would be now.
        browser.plant(world().issuer(), COOKIE, "");
        assertThat(isSignedIn(browser)).as(what).isEqualTo(lives);
    }

    private Page sent(
            Sent sent,
            Phone phone,
            String user,
            String token,
            boolean byCookie,
            BrowserJar browser,
            Map<String, String> more) {
        var page = new AtomicReference<Optional<Page>>(Optional.empty());
        Runnable presents = () -> page.set(Optional.of(present(browser, byCookie, token, more)));
        switch (sent) {
            case NOTHING -> page.set(Optional.of(browser.openUntilAway(authorize(Map.of()))));
            case FEATURE_OFF -> withTransfer("{\"allowed_authentication_methods\":[]}", presents);
            case METHOD_NOT_ALLOWED ->
                    withTransfer(
                            "{\"allowed_authentication_methods\":[\"%s\"]}"
                                    .formatted(byCookie ? "query" : "cookie"),
                            presents);
            case VALID -> presents.run();
            case EXPIRED -> {
                sql(
                        "UPDATE session_transfer_token SET expires_at = issued_at WHERE claimed_at"
                                + " IS NULL");
                presents.run();
            }
            case USED -> {
                present(browser(), !byCookie, token, Map.of());
                presents.run();
            }
            case RANDOM ->
                    page.set(
                            Optional.of(
                                    present(browser, byCookie, "stt_" + "A".repeat(43), Map.of())));
            case WRONG_ADDRESS ->
                    page.set(
                            Optional.of(
                                    present(
                                            browser.through(world().wire("127.0.0.2")),
                                            byCookie,
                                            token,
                                            Map.of())));
            case OTHER_ORGANIZATION -> {
                more.put("organization", organizationOfTheShop());
                presents.run();
            }
            case PARENT_REVOKED -> {
                phone.revoke();
                presents.run();
            }
            case CONNECTION_NOT_ENABLED -> {
                more.put("connection", otherConnection());
                presents.run();
            }
            case USER_BLOCKED -> {
                change("users/" + userId(user).replace("|", "%7C"), "{\"blocked\":true}");
                presents.run();
            }
            case USER_DELETED -> {
                operator().call("DELETE", "users/" + userId(user).replace("|", "%7C"), "");
                presents.run();
            }
            case ISSUER_NOT_ALLOWED -> {
                var setting = "{\"session_transfer\":{\"can_create_session_transfer_token\":%s}}";
                operator().patchClient(World.APP, setting.formatted(false));
                presents.run();
                operator().patchClient(World.APP, setting.formatted(true));
            }
        }
        return page.get().orElseThrow();
    }

    private String organizationOfTheShop() {
        operator().patchClient(World.SHOP, "{\"organization_usage\":\"allow\"}");
        var known = operator().get("organizations/name/table").text("id");
        return known.isEmpty() ? organization("table", true) : known;
    }

    private String otherConnection() {
        var created =
                operator()
                        .call(
                                "POST",
                                "connections",
                                """
                                {"name":"Elsewhere","strategy":"auth0","enabled_clients":["%s"]}
                                """
                                        .formatted(World.SHOP));
        assertThat(created.status()).isIn(201, 409);
        return "Elsewhere";
    }

    /// How many events there are of signing in to the shop.
    private int logged() {
        return operator().get("logs?include_totals=true&q=" + EVENTS).json().path("total").asInt();
    }

    /// What was logged since then, oldest first: type and description.
    private List<String> since(int before) {
        var events = operator().get("logs?include_totals=true&q=" + EVENTS).json();
        var fresh = events.path("total").asInt() - before;
        return events.path("logs")
                .valueStream()
                .limit(fresh)
                .map(
                        it ->
                                (it.path("type").asString()
                                                + " "
                                                + it.path("description").asString(""))
                                        .strip())
                .toList()
                .reversed();
    }

    private static final String EVENTS =
            URLEncoder.encode(
                    "client_id:" + World.SHOP + " AND type:(w OR f OR s OR fsa OR ssa)",
                    StandardCharsets.UTF_8);

    @Test
    void aTokenOfAnUnfoundUserNamesNobodyAndOneThatWasFoundNamesItsUser() {
        present(browser(), false, "junk", Map.of());
        var unknown = operator().log("type:w").path(0);
        assertThat(unknown.has("user_id")).isFalse();
        assertThat(unknown.has("connection_id")).isFalse();
        assertThat(unknown.path("client_id").asString()).isEqualTo(World.SHOP);
        present(world().browser("127.0.0.2"), false, transfer(), Map.of());
        var found = operator().log("type:w").path(0);
        assertThat(found.path("user_id").asString()).isEqualTo(userId(World.ADA));
        assertThat(found.path("user_name").asString()).isEqualTo(World.ADA);
        assertThat(found.path("connection").asString())
                .isEqualTo("Username-Password-Authentication");
        assertThat(found.path("strategy").asString()).isEqualTo("auth0");
        assertThat(found.path("ip").asString()).isEqualTo("127.0.0.2");
        assertThat(found.toString()).doesNotContain("triggered_by");
    }

    @Test
    void aMismatchOfUsersNamesBothWithoutTheirNamesAndTheIssuingClient() {
        var browser = signedIn(browser());
        var other = operator().createUser();
        var page = present(browser, false, transferOf(other), Map.of());
        assertThat(page.asksToSignIn()).isTrue();
        assertThat(page.body()).doesNotContain(other);
        var details = operator().log("type:w").path(0).path("details");
        assertThat(details.path("issuing_client_id").asString()).isEqualTo(World.APP);
        assertThat(details.path("user_hash").asString()).hasSize(16);
        assertThat(details.path("session_user_hash").asString())
                .hasSize(16)
                .isNotEqualTo(details.path("user_hash").asString());
        assertThat(details.toString()).doesNotContain(userId(World.ADA));
    }

    @Test
    void silentRedemptionsAreLoggedAsSuch() {
        var granted = present(browser(), false, transfer(), Map.of("prompt", "none"));
        assertThat(granted.parameter("code")).isPresent();
        assertThat(operator().log("type:ssa").path(0).path("details").toString())
                .contains("\"triggered_by_session_transfer_token\":true", "session_id");
        var before = logged();
        var refused = present(browser(), false, "junk", Map.of("prompt", "none"));
        assertThat(refused.parameter("error")).hasValue("login_required");
        assertThat(refused.parameter("error_description")).hasValue("Login required");
        assertThat(since(before)).containsExactly(W1, "fsa Login required");
        assertThat(operator().log("type:fsa").path(0).path("details").toString())
                .contains(
                        "\"triggered_by_session_transfer_token\":true",
                        "\"message\":\"Login required\"",
                        "\"oauthError\":\"login_required\"");
        browser().openUntilAway(authorize(Map.of("prompt", "none")));
        assertThat(operator().log("type:fsa").path(0).path("details").toString())
                .doesNotContain("triggered_by");
    }

    /// Contract §5.5, the left column.
    @Test
    void aNewSessionIsAsOldAsTheSignInAndLinkedToItsParent() {
        var count = user(World.ADA).path("logins_count").asInt();
        var phone = phone();
        sql("UPDATE token_family SET authenticated_at = authenticated_at - 600000");
        var token = phone.exchange().text("access_token");
        var page = present(browser(), false, token, Map.of("max_age", "3600"));
        var claims = idToken(page);
        var session = session(claims.path("sid").asString());
        var age = claims.path("iat").asLong() - claims.path("auth_time").asLong();
        assertThat(age).isBetween(600L, 700L);
        assertThat(claims.has("amr") || claims.has("acr")).isFalse();
        assertThat(Instant.parse(session.path("authenticated_at").asString()).getEpochSecond())
                .isEqualTo(claims.path("auth_time").asLong());
        assertThat(
                        session.path("session_transfer")
                                .path("parent_refresh_token")
                                .path("id")
                                .asString(""))
                .isNotEmpty();
        assertThat(session.path("clients").toString()).contains(World.SHOP);
        assertThat(session.path("device").path("initial_ip").asString()).isEqualTo(HERE);
        assertThat(session.path("device").has("initial_asn")).isFalse();
        // One login of the password grant, one of the redemption.
        assertThat(user(World.ADA).path("logins_count").asInt()).isEqualTo(count + 2);
    }

    /// Contract §5.5, the right column.
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aSessionOfTheSameUserIsKeptAndStaysUnlinked(boolean byCookie) {
        var browser = signedInByHand(world().browser("127.0.0.1"));
        var before = idToken(browser.openUntilAway(authorize(Map.of("max_age", "3600"))));
        var sid = before.path("sid").asString();
        sql(
                "UPDATE session SET idle_expires_at = idle_expires_at - 600000, due_at = due_at -"
                        + " 600000");
        var old = session(sid);
        var secret = browser.cookie(world().issuer(), "segue_session");
        withTransfer(
                "{\"enforce_device_binding\":\"none\"}",
                () -> {
                    var moved = browser.through(world().wire("127.0.0.2"));
                    var page = present(moved, byCookie, transfer(), Map.of("max_age", "3600"));
                    var after = idToken(page);
                    assertThat(after.path("sid").asString()).isEqualTo(sid);
                    assertThat(after.path("auth_time")).isEqualTo(before.path("auth_time"));
                });
        var kept = session(sid);
        assertThat(kept.has("session_transfer")).isFalse();
        assertThat(kept.path("created_at")).isEqualTo(old.path("created_at"));
        assertThat(kept.path("expires_at")).isEqualTo(old.path("expires_at"));
        assertThat(kept.path("authenticated_at")).isEqualTo(old.path("authenticated_at"));
        assertThat(kept.path("idle_expires_at").asString())
                .isGreaterThan(old.path("idle_expires_at").asString());
        assertThat(kept.path("device").path("initial_ip").asString()).isEqualTo("127.0.0.1");
        assertThat(kept.path("device").path("last_ip").asString()).isEqualTo("127.0.0.2");
        assertThat(user(World.ADA).path("last_ip").asString()).isEqualTo("127.0.0.2");
        assertThat(browser.cookie(world().issuer(), "segue_session"))
                .isPresent()
                .isNotEqualTo(secret);
    }

    /// Contract §7: later silent authorizations on a linked session too.
    @Test
    void withoutAllowRefreshTokenNothingThatStemsFromATransferGetsOne() {
        var wants = Map.of("scope", "openid offline_access");
        withTransfer(
                "{\"allow_refresh_token\":false}",
                () -> {
                    var browser = browser();
                    var first = redeem(present(browser, false, transfer(), wants));
                    assertThat(first.json().has("refresh_token")).isFalse();
                    assertThat(first.text("scope")).isEqualTo("openid");
                    var later = redeem(browser.openUntilAway(authorize(wants)));
                    assertThat(later.json().has("refresh_token")).isFalse();
                    var byHand = signedInByHand(browser());
                    var own = redeem(byHand.openUntilAway(authorize(wants)));
                    assertThat(own.json().has("refresh_token")).isTrue();
                });
        var allowed = redeem(present(browser(), false, transfer(), wants));
        assertThat(allowed.json().has("refresh_token")).isTrue();
    }

    /// THREATS R9.2: the mark of a transfer goes with the session that has it.
    @Test
    void signingInAnewReplacesASessionThatATransferOpened() {
        var browser = browser();
        var marked = idToken(present(browser, false, transfer(), Map.of()));
        var page = browser.openUntilAway(authorize(Map.of("prompt", "login")));
        var fresh = idToken(signIn(browser, page, World.ADA, world().password()));
        assertThat(fresh.path("sid")).isNotEqualTo(marked.path("sid"));
        assertThat(operator().get("sessions/" + marked.path("sid").asString()).status())
                .isEqualTo(404);
        assertThat(session(fresh.path("sid").asString()).has("session_transfer")).isFalse();
        var again = browser.openUntilAway(authorize(Map.of("prompt", "login")));
        var renewed = idToken(signIn(browser, again, World.ADA, world().password()));
        assertThat(renewed.path("sid")).isEqualTo(fresh.path("sid"));
    }

    /// THREATS R6.2.
    @Test
    void theCookieOfOurOwnNameIsReadTooAndMustAgree() {
        var browser = browser();
        browser.plant(world().issuer(), "session_transfer_token", transfer());
        assertThat(browser.openUntilAway(authorize(Map.of())).parameter("code")).isPresent();
        assertThat(browser.cookie(world().issuer(), "session_transfer_token")).isEmpty();
        var doubtful = browser();
        doubtful.plant(world().issuer(), "session_transfer_token", transfer());
        doubtful.plant(world().issuer(), COOKIE, transfer());
        assertThat(doubtful.openUntilAway(authorize(Map.of())).asksToSignIn()).isTrue();
        assertThat(operator().newestWarning()).isEqualTo(W1.substring(2));
        var sure = browser();
        var token = transfer();
        sure.plant(world().issuer(), COOKIE, token);
        assertThat(present(sure, false, token, Map.of()).parameter("code")).isPresent();
    }

    /// THREATS R5.3, R32.1.
    @Test
    void secondUsesAndOtherDevicesAreCounted() {
        var token = transfer();
        present(browser(), false, token, Map.of());
        var before = metric("segue_transfer_used_again_total ");
        present(browser(), false, token, Map.of());
        present(browser(), false, "junk", Map.of());
        assertThat(metric("segue_transfer_used_again_total ")).isEqualTo(before + 1);
        var misbound = "segue_transfer_misbound_total{families=\"same\",networks=\"unknown\"} ";
        var others = metric(misbound);
        present(world().browser("127.0.0.2"), false, transfer(), Map.of());
        assertThat(metric(misbound)).isEqualTo(others + 1);
    }

    private double metric(String name) {
        var request = HttpRequest.newBuilder(world().issuer().resolve("metrics"));
        return world().wire(HERE)
                .send(request)
                .body()
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
                .findFirst()
                .orElse(0);
    }

    @Test
    void theExchangeIsLoggedWithItsAudienceAndTheScopeOfTheToken() {
        var token = transfer();
        var logged = operator().log("type:sertft").path(0);
        assertThat(logged.path("scope").asString()).isEqualTo("openid profile offline_access");
        assertThat(logged.path("audience").asString()).isEqualTo("urn:localhost:session_transfer");
        assertThat(logged.toString()).doesNotContain(token);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aTokenFromAnotherAddressAsksToSignInAndChangesNothing(boolean byCookie) {
        var mine = signedIn(world().browser("127.0.0.2"), "127.0.0.2");
        assertThat(present(mine, byCookie, transfer(), Map.of()).asksToSignIn()).isTrue();
        assertThat(isSignedIn(mine)).isTrue();
    }

    private BrowserJar signedIn(BrowserJar browser, String address) {
        var phone = world().phone(address);
        phone.signIn(World.ADA, world().password(), "openid offline_access");
        var token = phone.exchange().text("access_token");
        assertThat(present(browser, false, token, Map.of()).parameter("code")).isPresent();
        return browser;
    }

    @Test
    void twoDifferentTokensAreBothBurnt() {
        var one = transfer();
        var other = transfer();
        var browser = browser();
        browser.plant(world().issuer(), COOKIE, one);
        assertThat(
                        browser.openUntilAway(authorize(Map.of("session_transfer_token", other)))
                                .asksToSignIn())
                .isTrue();
        assertThat(present(browser(), false, one, Map.of()).asksToSignIn()).isTrue();
        assertThat(present(browser(), false, other, Map.of()).asksToSignIn()).isTrue();
    }

    @Test
    void anInvalidRequestDoesNotBurnTheToken() {
        var token = transfer();
        var wrong =
                browser()
                        .openUntilAway(
                                authorize(
                                        Map.of(
                                                "session_transfer_token",
                                                token,
                                                "response_type",
                                                "nonsense")));
        assertThat(wrong.parameter("error")).hasValue("unsupported_response_type");
        var stranger =
                browser()
                        .openUntilAway(
                                authorize(
                                        Map.of(
                                                "session_transfer_token",
                                                token,
                                                "redirect_uri",
                                                "https://evil.example/cb")));
        assertThat(stranger.status()).isEqualTo(403);
        assertThat(stranger.body()).contains("Callback URL mismatch.").doesNotContain(token);
        assertThat(present(browser(), false, token, Map.of()).parameter("code")).isPresent();
    }

    @ParameterizedTest
    @CsvSource({"Sec-Purpose, prefetch", "Sec-Fetch-Dest, iframe", "Sec-Fetch-Dest, image"})
    void whatIsNoNavigationDoesNotBurnTheToken(String header, String value) {
        var token = transfer();
        var request =
                HttpRequest.newBuilder(authorize(Map.of("session_transfer_token", token)))
                        .header(header, value);
        world().wire("127.0.0.1").send(request);
        var head =
                HttpRequest.newBuilder(authorize(Map.of("session_transfer_token", token)))
                        .method("HEAD", HttpRequest.BodyPublishers.noBody());
        world().wire("127.0.0.1").send(head);
        assertThat(present(browser(), false, token, Map.of()).parameter("code")).isPresent();
    }
}
