package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;
import segue.domain.secret.Secret;

import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// The device authorization grant, section by section of RFC 8628, in the words of contract
/// authentication-api §4.9.
class Rfc8628Story extends BrowserScene {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:device_code";

    private static final String TELEVISION =
            """
            {"name":"Television & Co","app_type":"native","token_endpoint_auth_method":"none",
             "grant_types":["%s","refresh_token"],"session_transfer":{"can_create_session_transfer_token":true}}
            """
                    .formatted(GRANT);

    /// The id of a client without a secret.
    private String tv = "";

    /// Of one that has a secret.
    private String printer = "";

    private String printerSecret = "";

    Rfc8628Story() {
        super(Map.of("limits.login-attempts", "1000"));
    }

    @BeforeAll
    void registerDevices() {
        tv = created(operator(), TELEVISION).text("client_id");
        var other =
                created(
                        operator(),
                        """
                        {"name":"Printer","app_type":"regular_web","grant_types":["%s"]}
                        """
                                .formatted(GRANT));
        printer = other.text("client_id");
        printerSecret = other.text("client_secret");
    }

    private static Answer created(Operator operator, String client) {
        var answer = operator.call("POST", "clients", client);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(201);
        return answer;
    }

    private Answer post(String path, Map<String, String> fields) {
        return world().wire(HERE).postForm(world().issuer().resolve(path), fields, Map.of());
    }

    private static Map<String, String> with(Map<String, String> fields, String... more) {
        var all = new LinkedHashMap<>(fields);
        for (var i = 0; i < more.length; i += 2) all.put(more[i], more[i + 1]);
        return all;
    }

    private static Map<String, String> asking(String client) {
        return Map.of("client_id", client, "scope", "openid profile offline_access");
    }

    private Answer ask() {
        return ask(asking(tv));
    }

    private Answer ask(Map<String, String> fields) {
        return post("oauth/device/code", fields);
    }

    private Answer poll(Answer asked) {
        return poll(asked, Map.of("client_id", tv));
    }

    private Answer poll(Answer asked, Map<String, String> client) {
        return post(
                "oauth/token",
                with(client, "grant_type", GRANT, "device_code", asked.text("device_code")));
    }

    /// Time passes for everybody: nobody has polled.
    private void waits() {
        sql("UPDATE device_authorization SET polled_at = NULL");
    }

    private void expires() {
        sql("UPDATE device_authorization SET expires_at = expires_at - 900000");
    }

    private static void says(Answer answer, int status, String error, String description) {
        assertThat(answer.text("error_description")).isEqualTo(description);
        assertThat(answer.text("error")).isEqualTo(error);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/json");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
    }

    private static void isInvalid(Answer answer) {
        says(answer, 403, "invalid_grant", "Invalid or expired device code.");
    }

    private URI activate() {
        return world().issuer().resolve("activate");
    }

    /// The page after the code was typed.
    private Page enter(BrowserJar browser, String userCode) {
        return browser.submitUntilAway(
                browser.openUntilAway(activate()), Map.of("user_code", userCode));
    }

    private Page enter(BrowserJar browser, Answer asked) {
        var page = enter(browser, asked.text("user_code"));
        assertThat(page.heading()).isEqualTo("Is this your device?");
        return page;
    }

    private static Page choose(BrowserJar browser, Page page, String choice) {
        return browser.submitUntil(
                page.form().tampered("choice", choice), BrowserJar.isAwayFrom(page.url()));
    }

    private Page approve(BrowserJar browser, Answer asked) {
        var page = choose(browser, enter(browser, asked), "continue");
        var done =
                page.asksToSignIn() ? signIn(browser, page, World.ADA, world().password()) : page;
        assertThat(done.heading()).isEqualTo("Your device is signed in");
        return done;
    }

    private Answer approved(BrowserJar browser) {
        var asked = ask();
        approve(browser, asked);
        return asked;
    }

    private Optional<String> newest(String type) {
        var found = operator().log("type:" + type).path(0);
        return found.isMissingNode()
                ? Optional.empty()
                : Optional.of(found.path("description").asString(""));
    }

    // §3.1, device authorization request.

    @Test
    void section3Of1AFormOrJsonIsAsGood() {
        assertThat(ask().status()).isEqualTo(200);
        var json =
                world().wire(HERE)
                        .post(world().issuer().resolve("oauth/device/code"), asking(tv), Map.of());
        assertThat(json.status()).isEqualTo(200);
        assertThat(json.text("user_code")).isNotEmpty();
    }

    @Test
    void section3Of1AClientWithASecretProvesIt() {
        var named = Map.of("client_id", printer, "scope", "openid");
        says(ask(named), 401, "access_denied", "Unauthorized");
        says(ask(with(named, "client_secret", "x")), 401, "access_denied", "Unauthorized");
        var asked = ask(with(named, "client_secret", printerSecret));
        assertThat(asked.status()).isEqualTo(200);
        says(poll(asked, Map.of("client_id", printer)), 401, "access_denied", "Unauthorized");
        says(
                poll(asked, Map.of("client_id", printer, "client_secret", printerSecret)),
                403,
                "authorization_pending",
                "User has yet to authorize device code.");
    }

    @Test
    void section3Of1WhoIsNotAllowedToAskHearsIt() {
        says(ask(Map.of()), 400, "invalid_request", "Missing required parameter: client_id");
        says(ask(Map.of("client_id", "nobody")), 401, "access_denied", "Unauthorized");
        var without = ask(Map.of("client_id", World.APP, "scope", "openid"));
        says(
                without,
                403,
                "unauthorized_client",
                "Grant type '" + GRANT + "' not allowed for the client.");
        assertThat(without.text("error_uri"))
                .isEqualTo("https://auth0.com/docs/clients/client-grant-types");
        assertThat(newest("fdeaz"))
                .hasValue("Grant type '" + GRANT + "' not allowed for the client.");
        says(
                poll(ask(), Map.of("client_id", World.APP)),
                403,
                "unauthorized_client",
                "Grant type '" + GRANT + "' not allowed for the client.");
    }

    @Test
    void section3Of1TheApiIsCheckedAsAtAuthorize() {
        says(
                ask(with(asking(tv), "audience", "https://nowhere.example")),
                403,
                "access_denied",
                "Service not found: https://nowhere.example");
        says(
                ask(with(asking(tv), "audience", "urn:localhost:session_transfer")),
                403,
                "access_denied",
                "Service not found: urn:localhost:session_transfer");
        assertThat(ask(with(asking(tv), "audience", World.API)).status()).isEqualTo(200);
    }

    @Test
    void section3Of1AClientThatNeedsAnOrganizationCanNotNameOne() {
        operator().patchClient(tv, "{\"organization_usage\":\"require\"}");
        try {
            says(
                    ask(),
                    400,
                    "invalid_request",
                    "parameter organization is required for this client");
        } finally {
            operator().patchClient(tv, "{\"organization_usage\":\"deny\"}");
        }
    }

    @Test
    void section3Of1AMalformedBodyIsRefused() {
        var twice =
                HttpRequest.newBuilder(world().issuer().resolve("oauth/device/code"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "client_id=" + tv + "&scope=a&scope=b"));
        var answer = Wire.answer(world().wire(HERE).send(twice));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text("error")).isEqualTo("invalid_request");
    }

    // §3.2, device authorization response.

    @Test
    void section3Of2TheAnswerIsAsTheContractShowsIt() {
        var asked = ask();
        assertThat(asked.json().propertyNames())
                .containsExactly(
                        "device_code",
                        "user_code",
                        "verification_uri",
                        "verification_uri_complete",
                        "expires_in",
                        "interval");
        assertThat(asked.text("user_code"))
                .matches("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}");
        assertThat(asked.text("verification_uri")).isEqualTo(world().issuer() + "activate");
        assertThat(asked.text("verification_uri_complete"))
                .isEqualTo(world().issuer() + "activate?user_code=" + asked.text("user_code"));
        assertThat(asked.json().path("expires_in").asInt()).isEqualTo(900);
        assertThat(asked.json().path("interval").asInt()).isEqualTo(5);
        assertThat(asked.text("device_code")).hasSizeGreaterThan(43);
        assertThat(asked.headers().firstValue("Cache-Control")).hasValue("no-store");
    }

    // §3.3, user interaction.

    @Test
    void section3Of3TheUserTypesTheCodeSaysYesAndSignsIn() {
        var asked = ask();
        var browser = browser();
        var form = browser.openUntilAway(activate());
        assertThat(form.body()).doesNotContain("Television");
        var question = enter(browser, asked);
        assertThat(question.body())
                .contains("Television &amp; Co", asked.text("user_code"))
                .doesNotContain("Television & Co");
        var login = choose(browser, question, "continue");
        assertThat(login.asksToSignIn()).isTrue();
        says(poll(asked), 403, "authorization_pending", "User has yet to authorize device code.");
        var done = signIn(browser, login, World.ADA, world().password());
        assertThat(done.status()).isEqualTo(200);
        assertThat(done.heading()).isEqualTo("Your device is signed in");
        assertThat(done.body()).contains("Television &amp; Co");
        assertThat(poll(asked).status()).isEqualTo(200);
    }

    @Test
    void section3Of3WhoIsSignedInAlreadyOnlySaysYes() {
        var browser = signedInByHand(browser());
        var asked = ask();
        var done = choose(browser, enter(browser, asked), "continue");
        assertThat(done.heading()).isEqualTo("Your device is signed in");
        assertThat(poll(asked).status()).isEqualTo(200);
    }

    @Test
    void section3Of3HowTheCodeIsTypedDoesNotMatter() {
        var asked = ask();
        var code = asked.text("user_code");
        for (var typed :
                List.of(
                        code.toLowerCase(Locale.ROOT),
                        code.replace("-", ""),
                        " " + code.replace("-", " - ") + " ")) {
            var page = enter(browser(), typed);
            assertThat(page.heading()).as(typed).isEqualTo("Is this your device?");
            assertThat(page.body()).contains(code);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BBBB-BBBB", "-", "\"><script>", "é"})
    void section3Of3AWrongCodeCanBeCorrected(String typed) {
        var browser = browser();
        var wrong = enter(browser, typed);
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.body())
                .contains("role=\"alert\"", "No device waits for this code.")
                .doesNotContain("\"><script>");
        assertThat(wrong.form().fields()).containsEntry("user_code", typed);
        var right = browser.submitUntilAway(wrong, Map.of("user_code", ask().text("user_code")));
        assertThat(right.heading()).isEqualTo("Is this your device?");
    }

    @Test
    void section3Of3WhoTriesAnUnknownCodeIsLogged() {
        enter(browser(), "ZZZZ-ZZZZ");
        assertThat(newest("fdeac")).hasValue("Unknown or expired user code");
    }

    @Test
    void section3Of3WhoSaysNoIsToldSoAndSoIsTheDevice() {
        var asked = ask();
        var browser = browser();
        var page = enter(browser, asked);
        var done = choose(browser, page, "cancel");
        assertThat(done.status()).isEqualTo(200);
        assertThat(done.heading()).isEqualTo("Your device is not signed in");
        assertThat(newest("fdecc")).hasValue("User did not confirm device");
        says(poll(asked), 403, "access_denied", "User cancelled the confirmation prompt.");
        isInvalid(poll(asked));
        assertThat(choose(browser, page, "continue").status()).isEqualTo(403);
    }

    @Test
    void section3Of3AFormThatIsNotOursIsRefused() {
        var asked = ask();
        var browser = signedInByHand(browser());
        var entry = browser.openUntilAway(activate());
        var page = enter(browser, asked);
        for (var form :
                List.of(
                        entry.form().tampered("user_code", asked.text("user_code")),
                        page.form().tampered("choice", "continue"),
                        page.form().tampered("choice", "cancel"))) {
            for (var header :
                    List.of(
                            Map.entry("Sec-Fetch-Site", "cross-site"),
                            Map.entry("Sec-Fetch-Site", "same-site"),
                            Map.entry("Origin", "https://evil.example")))
                assertThat(
                                browser.through(
                                                world().wire(HERE)
                                                        .with(header.getKey(), header.getValue()))
                                        .submit(form)
                                        .status())
                        .as("%s, %s", form.action(), header)
                        .isEqualTo(403);
            assertThat(browser.submit(form.tampered("csrf", "x")).status()).isEqualTo(403);
        }
        assertThat(choose(browser, page, "perhaps").status()).isEqualTo(403);
        says(poll(asked), 403, "authorization_pending", "User has yet to authorize device code.");
        assertThat(choose(browser, page, "continue").heading())
                .isEqualTo("Your device is signed in");
    }

    /// THREATS R24.1.
    @Test
    void section3Of3TheQuestionOfAnotherBrowserIsNotAnswered() {
        var asked = ask();
        var page = enter(browser(), asked);
        var other = signedInByHand(browser());
        other.openUntilAway(activate());
        for (var choice : List.of("continue", "cancel"))
            assertThat(choose(other, page, choice).status()).isEqualTo(403);
        says(poll(asked), 403, "authorization_pending", "User has yet to authorize device code.");
    }

    @Test
    void section3Of3OfTwoAnswersTheFirstCounts() {
        var asked = ask();
        var first = signedInByHand(browser());
        var second = signedInByHand(browser());
        var late = enter(second, asked);
        approve(first, asked);
        var refused = choose(second, late, "continue");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.heading()).isEqualTo("This code has expired");
        assertThat(enter(second, asked.text("user_code")).status()).isEqualTo(400);
        assertThat(poll(asked).status()).isEqualTo(200);
    }

    @Test
    void section3Of3AnAnswerThatComesTooLateIsNone() {
        var asked = ask();
        var browser = browser();
        var login = choose(browser, enter(browser, asked), "continue");
        expires();
        var refused = signIn(browser, login, World.ADA, world().password());
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.heading()).isEqualTo("This code has expired");
        says(poll(asked), 403, "expired_token", "The device code has expired.");
    }

    @Test
    void section3Of3WhatAClientMayNoLongerHaveIsNotGranted() {
        var asked = ask();
        var browser = signedInByHand(browser());
        var page = enter(browser, asked);
        operator().patchClient(tv, "{\"grant_types\":[\"refresh_token\"]}");
        try {
            var refused = choose(browser, page, "continue");
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.heading()).isEqualTo("Your device is not signed in");
        } finally {
            operator().patchClient(tv, "{\"grant_types\":[\"" + GRANT + "\",\"refresh_token\"]}");
        }
        says(poll(asked), 403, "authorization_pending", "User has yet to authorize device code.");
    }

    /// §3.3.1: it saves the typing, and nothing else (§5.4).
    @Test
    void section3Of3Of1ALinkWithTheCodeFillsItIn() {
        var asked = ask();
        var browser = signedInByHand(browser());
        var page = browser.openUntilAway(URI.create(asked.text("verification_uri_complete")));
        assertThat(page.form().fields()).containsEntry("user_code", asked.text("user_code"));
        says(poll(asked), 403, "authorization_pending", "User has yet to authorize device code.");
        var question = browser.submitUntilAway(page, Map.of());
        assertThat(question.heading()).isEqualTo("Is this your device?");
        assertThat(choose(browser, question, "continue").heading())
                .isEqualTo("Your device is signed in");
    }

    // §3.4, device access token request.

    @Test
    void section3Of4ADeviceCodeMustBeThereAndTheClients() {
        says(
                post("oauth/token", Map.of("grant_type", GRANT, "client_id", tv)),
                400,
                "invalid_request",
                "Missing required parameter: device_code");
        isInvalid(
                post(
                        "oauth/token",
                        Map.of("grant_type", GRANT, "client_id", tv, "device_code", "junk")));
        var asked = approved(signedInByHand(browser()));
        isInvalid(poll(asked, Map.of("client_id", printer, "client_secret", printerSecret)));
        assertThat(poll(asked).status()).isEqualTo(200);
    }

    /// THREATS R12.1.
    @Test
    void section3Of4ADeviceCodeIsNoAuthorizationCode() {
        operator()
                .patchClient(
                        tv,
                        "{\"grant_types\":[\""
                                + GRANT
                                + "\",\"refresh_token\",\"authorization_code\"]}");
        var asked = approved(signedInByHand(browser()));
        var answer =
                post(
                        "oauth/token",
                        Map.of(
                                "grant_type",
                                "authorization_code",
                                "client_id",
                                tv,
                                "code",
                                asked.text("device_code")));
        says(answer, 403, "invalid_grant", "Invalid authorization code");
        assertThat(poll(asked).status()).isEqualTo(200);
    }

    // §3.5, device access token response.

    @Test
    void section3Of5TheTokensAreThoseOfACodeAndComeOnce() {
        var browser = signedInByHand(browser());
        var asked =
                ask(with(asking(tv), "audience", World.API, "scope", "openid email read:orders"));
        approve(browser, asked);
        var tokens = poll(asked);
        assertThat(tokens.status()).isEqualTo(200);
        assertThat(tokens.text("token_type")).isEqualTo("Bearer");
        assertThat(tokens.text("scope")).isEqualTo("openid email read:orders");
        assertThat(tokens.json().has("refresh_token")).isFalse();
        var access = claims(tokens.text("access_token"));
        assertThat(access.path("azp").asString()).isEqualTo(tv);
        assertThat(access.path("sub").asString()).isEqualTo(userId(World.ADA));
        var id = claims(tokens.text("id_token"));
        assertThat(id.path("aud").asString()).isEqualTo(tv);
        assertThat(id.path("email").asString()).isEqualTo(World.ADA);
        assertThat(session(id.path("sid").asString()).toString()).contains(tv);
        assertThat(newest("sede")).isPresent();
        isInvalid(poll(asked));
        assertThat(newest("fede")).hasValue("Invalid or expired device code.");
    }

    @Test
    void section3Of5TheRefreshTokenOpensWebSessionsAsAnAppsDoes() {
        var asked = approved(signedInByHand(browser()));
        var tokens = poll(asked);
        var refreshed =
                post(
                        "oauth/token",
                        Map.of(
                                "grant_type",
                                "refresh_token",
                                "client_id",
                                tv,
                                "refresh_token",
                                tokens.text("refresh_token")));
        assertThat(refreshed.status()).isEqualTo(200);
        var exchange =
                post(
                        "oauth/token",
                        Map.of(
                                "grant_type",
                                "refresh_token",
                                "client_id",
                                tv,
                                "refresh_token",
                                refreshed.text("refresh_token").isEmpty()
                                        ? tokens.text("refresh_token")
                                        : refreshed.text("refresh_token"),
                                "audience",
                                "urn:localhost:session_transfer"));
        assertThat(exchange.status()).as("%s", exchange.json()).isEqualTo(200);
        assertThat(
                        present(browser(), false, exchange.text("access_token"), Map.of())
                                .parameter("code"))
                .isPresent();
    }

    /// Invariant I5.
    @Test
    void section3Of5ThroughATransferredSessionNoDeviceOpensAnotherOne() {
        operator()
                .patchClient(
                        tv,
                        """
                        {"session_transfer":{"can_create_session_transfer_token":true,"allow_refresh_token":true,
                          "allowed_authentication_methods":["cookie"]}}
                        """);
        var asked = approved(signedIn(browser()));
        var exchange =
                post(
                        "oauth/token",
                        Map.of(
                                "grant_type",
                                "refresh_token",
                                "client_id",
                                tv,
                                "refresh_token",
                                poll(asked).text("refresh_token"),
                                "audience",
                                "urn:localhost:session_transfer"));
        assertThat(exchange.status()).isIn(401, 403);
        assertThat(exchange.json().has("access_token")).isFalse();
    }

    @Test
    void section3Of5WhoPollsTooFastMustSlowDown() {
        var asked = ask();
        says(poll(asked), 403, "authorization_pending", "User has yet to authorize device code.");
        var early = poll(asked);
        says(
                early,
                429,
                "slow_down",
                "You are polling faster than the specified interval of 5 seconds.");
        assertThat(early.headers().firstValue("Retry-After")).hasValue("10");
        says(
                poll(asked),
                429,
                "slow_down",
                "You are polling faster than the specified interval of 10 seconds.");
        waits();
        says(poll(asked), 403, "authorization_pending", "User has yet to authorize device code.");
    }

    /// RFC 6749 §5.2.
    @Test
    void section3Of5InTheRfcsTermsEveryRefusalIs400() {
        withTenant(
                "{\"flags\":{\"rfc_strict\":true}}",
                "{\"flags\":{\"rfc_strict\":false}}",
                () -> {
                    assertThat(ask(Map.of("client_id", World.APP)).status()).isEqualTo(400);
                    var asked = ask();
                    for (var error :
                            List.of("authorization_pending", "slow_down", "expired_token")) {
                        if (error.equals("expired_token")) expires();
                        var answer = poll(asked);
                        assertThat(answer.text("error")).isEqualTo(error);
                        assertThat(answer.status()).as(error).isEqualTo(400);
                    }
                });
    }

    @Test
    void section3Of5ThatItExpiredIsToldOnce() {
        var asked = ask();
        expires();
        assertThat(enter(browser(), asked.text("user_code")).status()).isEqualTo(400);
        says(poll(asked), 403, "expired_token", "The device code has expired.");
        isInvalid(poll(asked));
    }

    @Test
    void section3Of5WhatAnActionDeniesTheDeviceHears() {
        var body =
                JSON.createObjectNode()
                        .put("name", "no devices")
                        .put("deploy", true)
                        .put(
                                "code",
                                """
                                exports.onExecutePostLogin = async (event, api) => {
                                  if (event.transaction.protocol === "oauth2-device-code")
                                    api.access.deny("no " + event.client.name);
                                };
                                """);
        body.putArray("supported_triggers")
                .addObject()
                .put("id", "post-login")
                .put("version", "v3");
        var action = operator().call("POST", "actions/actions", body.toString());
        assertThat(action.status()).as("%s", action.json()).isEqualTo(201);
        var id = action.text("id");
        change(
                "actions/triggers/post-login/bindings",
                "{\"bindings\":[{\"ref\":{\"type\":\"action_id\",\"value\":\"" + id + "\"}}]}");
        try {
            var asked = ask();
            var browser = browser();
            var login = choose(browser, enter(browser, asked), "continue");
            var refused = signIn(browser, login, World.ADA, world().password());
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.heading()).isEqualTo("Your device is not signed in");
            assertThat(refused.body()).contains("no Television &amp; Co");
            says(poll(asked), 403, "access_denied", "no Television & Co");
            isInvalid(poll(asked));
        } finally {
            change("actions/triggers/post-login/bindings", "{\"bindings\":[]}");
        }
    }

    /// What ends between the approval and the poll.
    @Test
    void section3Of5WithoutItsSessionThereAreNoTokens() {
        var browser = signedInByHand(browser());
        var asked = approved(browser);
        browser.openUntilAway(world().issuer().resolve("v2/logout"));
        isInvalid(poll(asked));
        isInvalid(poll(asked));
    }

    @Test
    void section3Of5WithoutItsUserThereAreNoTokens() {
        var email = operator().createUser();
        var asked = ask();
        var browser = browser();
        var login = choose(browser, enter(browser, asked), "continue");
        assertThat(signIn(browser, login, email, Operator.PASSWORD).heading())
                .isEqualTo("Your device is signed in");
        change("users/" + userId(email).replace("|", "%7C"), "{\"blocked\":true}");
        isInvalid(poll(asked));
    }

    /// Two nodes share codes, and each poll is claimed once between them.
    @Test
    void section3Of5OfPollsOnTwoNodesExactlyOneGetsTheTokens() throws Exception {
        try (var postgres = new PostgresServer();
                var one = new World(0, postgres.settings());
                var other = new World(0, postgres.settings())) {
            var operator =
                    new Operator(
                            one.wire(HERE),
                            one.issuer(),
                            postgres.settings().getOrDefault("bootstrap.client-id", ""),
                            postgres.settings().getOrDefault("bootstrap.client-secret", ""));
            var client = created(operator, TELEVISION).text("client_id");
            var email = operator.createUser();
            var browser = other.browser(HERE);
            for (var round = 0; round < 3; round++) {
                var asked =
                        one.wire(HERE)
                                .postForm(
                                        one.issuer().resolve("oauth/device/code"),
                                        asking(client),
                                        Map.of());
                var entry = browser.openUntilAway(other.issuer().resolve("activate"));
                var question = browser.submit(entry, Map.of("user_code", asked.text("user_code")));
                var next = choose(browser, question, "continue");
                var done =
                        next.asksToSignIn()
                                ? signIn(browser, next, email, Operator.PASSWORD)
                                : next;
                assertThat(done.heading()).isEqualTo("Your device is signed in");
                var answers = race(List.of(one, other), client, asked);
                assertThat(answers).filteredOn(Answer::isOk).hasSize(1);
                assertThat(answers)
                        .filteredOn(it -> it.text("error").equals("invalid_grant"))
                        .hasSize(answers.size() - 1);
            }
        }
    }

    private static List<Answer> race(List<World> nodes, String client, Answer asked)
            throws Exception {
        var barrier = new CyclicBarrier(16);
        try (var pool = Executors.newFixedThreadPool(16)) {
            var running = new ArrayList<Future<Answer>>();
            for (var i = 0; i < 16; i++) {
                var node = nodes.get(i % nodes.size());
                running.add(
                        pool.submit(
                                () -> {
                                    barrier.await();
                                    return node.wire(HERE)
                                            .postForm(
                                                    node.issuer().resolve("oauth/token"),
                                                    Map.of(
                                                            "grant_type",
                                                            GRANT,
                                                            "client_id",
                                                            client,
                                                            "device_code",
                                                            asked.text("device_code")),
                                                    Map.of());
                                }));
            }
            var answers = new ArrayList<Answer>();
            for (var it : running) answers.add(it.get());
            return answers;
        }
    }

    // §4, discovery metadata.

    @Test
    void section4DiscoveryNamesTheEndpointAndTheGrant() {
        var metadata =
                world().wire(HERE)
                        .get(world().issuer().resolve(".well-known/openid-configuration"))
                        .json();
        assertThat(metadata.path("device_authorization_endpoint").asString())
                .isEqualTo(world().issuer() + "oauth/device/code");
        assertThat(metadata.path("grant_types_supported").valueStream())
                .anyMatch(it -> it.asString().equals(GRANT));
    }

    // §5, security considerations.

    /// §5.1, THREATS R35.1, R35.4.
    @Test
    void section5Of1CodesAreCountedBeforeTheyAreLookedAt() throws Exception {
        try (var small = new World(0, Map.of("log.level", "warn", "limits.login-attempts", "2"))) {
            var browser = small.browser(HERE);
            var page = browser.openUntilAway(small.issuer().resolve("activate"));
            for (var i = 0; i < 2; i++)
                assertThat(browser.submit(page, Map.of("user_code", "BBBB-BBBB")).status())
                        .isEqualTo(400);
            var refused = browser.submit(page, Map.of("user_code", "BBBB-BBBB"));
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.body()).contains("Too many attempts.");
            assertThat(Integer.parseInt(refused.headers().firstValue("Retry-After").orElseThrow()))
                    .isBetween(1, 900);
        }
    }

    /// THREATS R38.1: a user code is short, so that not even its plain hash may be there.
    @Test
    void section5TheDatabaseDoesNotHoldTheCodes() throws Exception {
        var asked = ask();
        enter(browser(), asked);
        var shown = asked.text("user_code");
        var typed = shown.replace("-", "");
        var text = new StringBuilder();
        for (var file : List.of("segue.db", "segue.db-wal")) {
            var path = world().folder().resolve(file);
            if (Files.exists(path))
                text.append(new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1));
        }
        assertThat(text.indexOf(bytes(new Secret(asked.text("device_code"))))).isPositive();
        for (var secret : List.of(asked.text("device_code"), shown, typed))
            assertThat(text.indexOf(secret)).as(secret).isNegative();
        for (var code : List.of(shown, typed))
            assertThat(text.indexOf(bytes(new Secret(code)))).as("hash of %s", code).isNegative();
    }

    private static String bytes(Secret hashed) {
        return new String(hashed.hash().bytes(), StandardCharsets.ISO_8859_1);
    }

    /// §5.4: whoever was sent the code is warned.
    @Test
    void section5Of4TheQuestionNamesTheCodeTheClientAndTheDanger() {
        var asked = ask();
        var page = enter(browser(), asked);
        assertThat(page.body())
                .contains(
                        "Television &amp; Co",
                        asked.text("user_code"),
                        "Go on only if it is in front of you",
                        "they would be signed in as you");
    }

    /// THREATS R22.1, R28.1.
    @Test
    void section5ThePagesRunNothingAndStandInNoFrame() {
        var browser = signedInByHand(browser());
        var form = browser.openUntilAway(activate());
        var question = enter(browser, ask());
        for (var page : List.of(form, question, choose(browser, question, "cancel"))) {
            assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                    .contains("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")
                    .doesNotContain("unsafe");
            assertThat(page.headers().firstValue("X-Frame-Options")).hasValue("DENY");
            assertThat(page.headers().firstValue("Cache-Control")).hasValue("no-store");
            assertThat(page.headers().firstValue("Referrer-Policy")).hasValue("no-referrer");
            assertThat(page.body())
                    .doesNotContain("<script", " src=", "url(", "http://", "https://");
        }
    }

    /// THREATS R25.2.
    @Test
    void section5ACookieThatABrowserBringsIsNotAdopted() {
        var browser = browser();
        var planted = "ic_" + "A".repeat(43);
        browser.plant(world().issuer(), "segue_tx", planted);
        enter(browser, ask());
        assertThat(browser.cookie(world().issuer(), "segue_tx"))
                .isPresent()
                .isNotEqualTo(Optional.of(planted));
    }

    // §6.1, user code recommendations.

    @Test
    void section6Of1TheTenantSaysWhatUserCodesLookLike() {
        withTenant(
                "{\"device_flow\":{\"charset\":\"digits\",\"mask\":\"*** *** ***\"}}",
                "{\"device_flow\":null}",
                () -> {
                    var asked = ask();
                    assertThat(asked.text("user_code")).matches("\\d{3} \\d{3} \\d{3}");
                    var complete = URI.create(asked.text("verification_uri_complete"));
                    var page = browser().openUntilAway(complete);
                    assertThat(page.form().fields())
                            .containsEntry("user_code", asked.text("user_code"));
                    approve(signedInByHand(browser()), asked);
                });
        withTenant(
                "{\"device_flow\":{\"charset\":\"digits\"}}",
                "{\"device_flow\":null}",
                () -> assertThat(ask().text("user_code")).matches("\\d{3}-\\d{3}-\\d{3}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"mask\":\"***-***\"}",
                "{\"mask\":\"ABCD-****-****\"}",
                "{\"mask\":5}",
                "{\"charset\":\"hex\"}",
                "{\"length\":8}",
                "\"digits\""
            })
    void section6Of1AFormatThatCanBeGuessedOrMeansNothingIsRefused(String format) {
        assertThat(
                        operator()
                                .call(
                                        "PATCH",
                                        "tenants/settings",
                                        "{\"device_flow\":" + format + "}")
                                .status())
                .isEqualTo(400);
    }
}
