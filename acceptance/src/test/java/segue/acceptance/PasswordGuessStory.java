package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;

import org.junit.jupiter.api.Test;

import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/// What a guess costs, what it is told, and how often it may be made: THREATS T-34, T-35 and T-36.
/// Each test guesses from an address of its own.
class PasswordGuessStory extends BrowserScene {
    private static final String REALM = "http://auth0.com/oauth/grant-type/password-realm";
    private static final String USERS = "Username-Password-Authentication";
    private static final int PER_NETWORK = 40;
    private static final int PER_CLIENT = 5;

    PasswordGuessStory() {
        super(
                Map.of(
                        "limits.network-login-attempts",
                        Integer.toString(PER_NETWORK),
                        "limits.client-secret-attempts",
                        Integer.toString(PER_CLIENT),
                        "limits.password-wait",
                        "20s",
                        // Two hundred at once are no overload here, however slow the machine.
                        "limits.concurrent-requests",
                        "1000"));
    }

    private HttpResponse<String> post(
            String address, String path, Map<String, String> fields, String... headers) {
        var request =
                HttpRequest.newBuilder(world().issuer().resolve(path))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(Wire.form(fields)));
        for (var i = 0; i < headers.length; i += 2) request.header(headers[i], headers[i + 1]);
        return world().wire(address).send(request);
    }

    private static Map<String, String> grant(String type, String username, String password) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("grant_type", type);
        fields.put("client_id", World.APP);
        fields.put("username", username);
        fields.put("password", password);
        fields.put("scope", "openid");
        if (type.equals(REALM)) fields.put("realm", USERS);
        return fields;
    }

    private HttpResponse<String> signIn(String address, String username, String password) {
        return post(address, "oauth/token", grant(REALM, username, password));
    }

    private Page signInOnPage(String address, String username, String password) {
        var browser = world().browser(address);
        var page = browser.openUntilAway(authorize(Map.of()));
        return browser.submitUntilAway(page, Map.of("username", username, "password", password));
    }

    private long hashes() {
        var request = HttpRequest.newBuilder(world().issuer().resolve("metrics"));
        return world().wire(HERE)
                .send(request)
                .body()
                .lines()
                .filter(line -> line.startsWith("segue_password_hashes "))
                .mapToLong(line -> (long) Double.parseDouble(line.split(" ", -1)[1]))
                .findFirst()
                .orElseThrow();
    }

    /// Accounts that somebody might tell apart, by what they are.
    private Map<String, String> accounts() {
        var blocked = operator().createUser();
        change("users/" + userId(blocked).replace("|", "%7C"), "{\"blocked\":true}");
        var bare = "bare-" + blocked;
        var body = "{\"connection\":\"%s\",\"email\":\"%s\"}".formatted(USERS, bare);
        assertThat(operator().call("POST", "users", body).status()).isEqualTo(201);
        var accounts = new LinkedHashMap<String, String>();
        accounts.put("known", operator().createUser());
        accounts.put("unknown", "nobody-" + blocked);
        accounts.put("blocked", blocked);
        accounts.put("without a password", bare);
        accounts.put("overlong", "x".repeat(5_000) + "@example.org");
        accounts.put("with an imported hash", imported());
        return accounts;
    }

    /// bcrypt, of a password that nobody will guess here.
    private String imported() {
        var user = operator().createUser();
        sql(
                "UPDATE app_user SET password_hash ="
                        + " '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'"
                        + " WHERE email = '"
                        + user
                        + "'");
        return user;
    }

    private static final List<String> WRONG =
            List.of("wrong", "x".repeat(73), "x".repeat(5_000), "\uffff".repeat(9), " ");

    /// Without what is different in any two answers.
    private static Map<String, List<String>> comparable(HttpHeaders headers) {
        var comparable = new TreeMap<>(headers.map());
        comparable.remove("date");
        comparable.remove("content-length");
        comparable.computeIfPresent(
                "content-security-policy",
                (_, values) ->
                        values.stream().map(it -> it.replaceAll("'nonce-[^']+'", "'n'")).toList());
        return comparable;
    }

    /// THREATS R34.1, R34.2.
    @Test
    void aGuessByAGrantCostsTheSameAndIsToldTheSame() {
        var seen = new ArrayList<String>();
        for (var account : accounts().entrySet())
            for (var password : WRONG) {
                var before = hashes();
                var answer = signIn("127.0.4.1", account.getValue(), password);
                assertThat(hashes() - before).as(account.getKey()).isEqualTo(1);
                assertThat(answer.statusCode()).isEqualTo(403);
                assertThat(answer.body()).contains("Wrong email or password.");
                seen.add(answer.body() + comparable(answer.headers()));
            }
        assertThat(seen).hasSizeGreaterThan(20).allMatch(it -> it.equals(seen.getFirst()));
    }

    /// THREATS R34.1, R34.2.
    @Test
    void aGuessOnThePageCostsTheSameAndIsToldTheSame() {
        var seen = new ArrayList<String>();
        for (var account : accounts().entrySet())
            for (var password : List.of("wrong", "", "x".repeat(5_000))) {
                var before = hashes();
                var page = signInOnPage("127.0.4.2", account.getValue(), password);
                assertThat(hashes() - before).as(account.getKey()).isEqualTo(1);
                assertThat(page.status()).isEqualTo(400);
                var body =
                        page.body()
                                .replace(account.getValue(), "account")
                                .replaceAll("value=\"[A-Za-z0-9_-]{40,}\"", "value=\"…\"")
                                .replaceAll("[?]state=[A-Za-z0-9_-]{40,}", "?state=…")
                                .replaceAll("nonce=\"[^\"]+\"", "nonce=\"…\"");
                assertThat(body).contains("Wrong email or password.");
                seen.add(body + comparable(page.headers()));
            }
        assertThat(seen).hasSize(18).allMatch(it -> it.equals(seen.getFirst()));
    }

    /// Half of them over each grant, for known and unknown alike.
    @Test
    void twoHundredParallelGuessesAreVerifiedTenTimes() throws Exception {
        operator()
                .patchClient(
                        World.APP,
                        "{\"grant_types\":[\"authorization_code\",\"refresh_token\",\"password\",\""
                                + REALM
                                + "\"]}");
        var accounts = List.of(operator().createUser(), "nobody@example.org");
        for (var i = 0; i < accounts.size(); i++) {
            var account = accounts.get(i);
            var address = "127.0.4." + (10 + i);
            var before = hashes();
            var guesses = new ArrayList<Callable<Integer>>();
            var start = new CyclicBarrier(200);
            for (var guess = 0; guess < 200; guess++) {
                var type = guess % 2 == 0 ? "password" : REALM;
                var fields = grant(type, account, "guess " + guess);
                guesses.add(
                        () -> {
                            start.await();
                            return post(address, "oauth/token", fields).statusCode();
                        });
            }
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                var statuses = new ArrayList<Integer>();
                for (var answer : threads.invokeAll(guesses)) statuses.add(answer.get());
                var counted =
                        statuses.stream()
                                .collect(Collectors.groupingBy(it -> it, Collectors.counting()));
                assertThat(counted).as(account).isEqualTo(Map.of(403, 10L, 429, 190L));
            }
            assertThat(hashes() - before).as(account).isEqualTo(10);
            assertThat(signIn(address, account, Operator.PASSWORD).statusCode()).isEqualTo(429);
            assertThat(signInOnPage(address, account, Operator.PASSWORD).status()).isEqualTo(429);
            assertThat(hashes() - before).as(account).isEqualTo(10);
        }
        // A lock is where the guesses came from, and nowhere else (THREATS R35.3).
        assertThat(signIn("127.0.4.3", accounts.getFirst(), Operator.PASSWORD).statusCode())
                .isEqualTo(200);
    }

    /// CVE-2025-24806 was a second budget.
    @Test
    void emailAndUserNameShareOneBudget() {
        var name = "n" + Long.toHexString(System.nanoTime());
        var email = name + "@example.org";
        var body =
                "{\"connection\":\"%s\",\"email\":\"%s\",\"username\":\"%s\",\"password\":\"%s\"}"
                        .formatted(USERS, email, name, Operator.PASSWORD);
        assertThat(operator().call("POST", "users", body).status()).isEqualTo(201);
        for (var i = 0; i < 5; i++) {
            assertThat(signIn("127.0.4.20", email, "wrong").statusCode()).isEqualTo(403);
            assertThat(signIn("127.0.4.20", name.toUpperCase(Locale.ROOT), "wrong").statusCode())
                    .isEqualTo(403);
        }
        for (var login : List.of(email, name, " " + name + " "))
            assertThat(signIn("127.0.4.20", login, Operator.PASSWORD).statusCode()).isEqualTo(429);
    }

    @Test
    void guessesAtManyAccountsEndTogether() {
        var known = operator().createUser();
        for (var i = 0; i < PER_NETWORK; i++)
            assertThat(signIn("127.0.4.30", "user" + i + "@example.org", "wrong").statusCode())
                    .isEqualTo(403);
        var before = hashes();
        for (var login : List.of(known, "nobody@example.org")) {
            var refused = signIn("127.0.4.30", login, Operator.PASSWORD);
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.body()).contains("\"too_many_attempts\"");
            assertThat(refused.headers().firstValueAsLong("Retry-After").orElseThrow())
                    .isBetween(800L, 900L);
            assertThat(signInOnPage("127.0.4.30", login, Operator.PASSWORD).status())
                    .isEqualTo(429);
        }
        assertThat(hashes()).isEqualTo(before);
        assertThat(signIn("127.0.4.31", known, Operator.PASSWORD).statusCode()).isEqualTo(200);
        assertThat(operator().log("type:limit_mu AND ip:127.0.4.30")).hasSize(1);
    }

    @Test
    void whoIsLockedOutIsInTheLogOnce() {
        var known = operator().createUser();
        for (var i = 0; i < 15; i++) signIn("127.0.4.40", known, "wrong");
        var logged = operator().log("type:limit_wc AND ip:127.0.4.40");
        assertThat(logged).hasSize(1);
        assertThat(logged.path(0).path("user_id").asString()).isEqualTo(userId(known));
        assertThat(logged.path(0).path("client_id").asString()).isEqualTo(World.APP);
    }

    private HttpResponse<String> asClient(
            String address, String path, String client, String secret, boolean basic) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("grant_type", "refresh_token");
        fields.put("refresh_token", "junk");
        fields.put("token", "junk");
        if (basic) {
            var pair = (client + ":" + secret).getBytes(StandardCharsets.UTF_8);
            return post(
                    address,
                    path,
                    fields,
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString(pair));
        }
        fields.put("client_id", client);
        fields.put("client_secret", secret);
        return post(address, path, fields);
    }

    /// THREATS R35.2, R35.4.
    @Test
    void wrongSecretsOfAClientAreCountedByNetworkAtEveryEndpoint() {
        var right = world().shopSecret();
        for (var client : List.of(World.SHOP, "unknown-client")) {
            var seen = new ArrayList<String>();
            for (var i = 0; i < PER_CLIENT; i++) {
                var path = i % 2 == 0 ? "oauth/token" : "oauth/revoke";
                var wrong = asClient("127.0.4.50", path, client, "wrong" + i, i > 2);
                assertThat(wrong.statusCode()).isEqualTo(401);
                seen.add(wrong.body());
            }
            assertThat(seen).allMatch(it -> it.equals(seen.getFirst()));
            for (var path : List.of("oauth/token", "oauth/revoke")) {
                var refused = asClient("127.0.4.50", path, client, "wrong", false);
                assertThat(refused.statusCode()).isEqualTo(429);
                assertThat(refused.body()).contains("\"too_many_requests\"");
                assertThat(refused.headers().firstValueAsLong("Retry-After").orElseThrow())
                        .isBetween(800L, 900L);
                assertThat(refused.headers().firstValue("X-RateLimit-Remaining")).hasValue("0");
            }
        }
        assertThat(asClient("127.0.4.50", "oauth/token", World.SHOP, right, true).statusCode())
                .isEqualTo(429);
        // The honest client is elsewhere, and untouched.
        assertThat(asClient("127.0.4.51", "oauth/revoke", World.SHOP, right, false).statusCode())
                .isEqualTo(200);
    }

    private HttpResponse<String> byAssertion(String address, String client, String secret) {
        var issuer = world().issuer().toString();
        var signer = Assertions.signer(secret);
        var assertion = new Assertions(client, issuer, JWSAlgorithm.HS256, signer).fresh();
        var fields = Assertions.parameters(assertion);
        fields.put("token", "junk");
        return post(address, "oauth/revoke", fields);
    }

    /// OpenID Connect Core §9, `client_secret_jwt`: secrets can be tried by it as by any other
    /// method.
    @Test
    void anAssertionThatAWrongSecretSignedCountsLikeTheSecret() {
        var created =
                operator()
                        .call(
                                "POST",
                                "clients",
                                """
                                {"name":"Partner","grant_types":["refresh_token"],
                                 "token_endpoint_auth_method":"client_secret_jwt"}
                                """);
        assertThat(created.status()).as("%s", created.json()).isEqualTo(201);
        var id = created.text("client_id");
        var secret = created.text("client_secret");
        for (var client : List.of(id, "unknown-partner")) {
            for (var i = 0; i < PER_CLIENT; i++)
                assertThat(byAssertion("127.0.4.55", client, secret + i).statusCode())
                        .isEqualTo(401);
            var refused = byAssertion("127.0.4.55", client, secret);
            assertThat(refused.statusCode()).as(client).isEqualTo(429);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        }
        assertThat(byAssertion("127.0.4.56", id, secret).statusCode()).isEqualTo(200);
    }

    @Test
    void whoPresentsNoSecretHasGuessedNothing() {
        for (var i = 0; i < 2 * PER_CLIENT; i++) {
            var fields = Map.of("client_id", World.SHOP, "token", "junk");
            assertThat(post("127.0.4.60", "oauth/revoke", fields).statusCode()).isEqualTo(401);
        }
        var secret = world().shopSecret();
        assertThat(asClient("127.0.4.60", "oauth/revoke", World.SHOP, secret, false).statusCode())
                .isEqualTo(200);
    }

    @Test
    void rightSecretsAreNotCounted() {
        var secret = world().shopSecret();
        for (var i = 0; i < 3 * PER_CLIENT; i++)
            assertThat(
                            asClient("127.0.4.70", "oauth/revoke", World.SHOP, secret, true)
                                    .statusCode())
                    .isEqualTo(200);
    }

    /// A URL that somebody was sent doesn't make their browser guess: the form is ours alone.
    @Test
    void aGuessWithoutOurFormIsNoneAndIsNotCounted() {
        var before = hashes();
        var fields = Map.of("username", World.ADA, "password", world().password());
        var answer = post("127.0.4.80", "u/login?state=x", fields);
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(hashes()).isEqualTo(before);
    }
}
