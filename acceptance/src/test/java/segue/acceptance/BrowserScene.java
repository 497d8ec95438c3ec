package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Answer;
import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A running server with the demo tenant, a phone and browsers: where stories about the browser's
/// side begin.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BrowserScene {
    /// Fixed by contract native-to-web §4.
    static final String COOKIE = "auth0_session_transfer_token";

    static final String HERE = "127.0.0.1";
    private static final JsonMapper JSON = new JsonMapper();

    private final Map<String, String> settings;
    private Optional<World> running = Optional.empty();
    private Optional<Operator> managing = Optional.empty();

    /// @param settings by key, beside what every story needs
    BrowserScene(Map<String, String> settings) {
        this.settings = Map.copyOf(settings);
    }

    @BeforeAll
    void start() throws Exception {
        var all = new HashMap<>(Map.of("log.level", "warn", "limits.management", "10000/s"));
        all.putAll(settings);
        running = Optional.of(new World(0, all));
        managing = Optional.of(new Operator(world()));
    }

    @AfterAll
    void stop() {
        world().close();
    }

    World world() {
        return running.orElseThrow();
    }

    Operator operator() {
        return managing.orElseThrow();
    }

    /// Ada's phone.
    Phone phone() {
        return phone(World.ADA, world().password(), HERE);
    }

    Phone phone(String user, String password, String address) {
        var phone = world().phone(address);
        assertThat(phone.signIn(user, password, "openid profile offline_access").status())
                .isEqualTo(200);
        return phone;
    }

    /// A session transfer token of Ada's.
    String transfer() {
        return phone().exchange().text("access_token");
    }

    /// A session transfer token of somebody whom the operator created.
    String transferOf(String user) {
        return phone(user, Operator.PASSWORD, HERE).exchange().text("access_token");
    }

    BrowserJar browser() {
        return world().browser(HERE);
    }

    /// An authorization request of the shop.
    URI authorize(Map<String, String> more) {
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", World.SHOP);
        query.put("response_type", "code");
        query.put("redirect_uri", callback());
        query.put("scope", "openid");
        query.put("state", "s1");
        query.putAll(more);
        return URI.create(world().issuer() + "authorize?" + Wire.form(query));
    }

    String callback() {
        return world().shop().origin() + "/callback";
    }

    /// Presents a token by cookie or by query.
    Page present(BrowserJar browser, boolean byCookie, String token, Map<String, String> more) {
        var query = new LinkedHashMap<>(more);
        if (byCookie) browser.plant(world().issuer(), COOKIE, token);
        else query.put("session_transfer_token", token);
        return browser.openUntilAway(authorize(query));
    }

    /// The browser, once it has a session that a transfer of Ada's opened.
    BrowserJar signedIn(BrowserJar browser) {
        assertThat(present(browser, false, transfer(), Map.of()).parameter("code")).isPresent();
        return browser;
    }

    /// Fills in the sign-in page.
    Page signIn(BrowserJar browser, Page page, String user, String password) {
        return browser.submitUntilAway(page, Map.of("username", user, "password", password));
    }

    /// The browser, once Ada has signed in on the page.
    BrowserJar signedInByHand(BrowserJar browser) {
        var page = browser.openUntilAway(authorize(Map.of()));
        assertThat(signIn(browser, page, World.ADA, world().password()).parameter("code"))
                .isPresent();
        return browser;
    }

    boolean isSignedIn(BrowserJar browser) {
        return browser.openUntilAway(authorize(Map.of("prompt", "none")))
                .parameter("code")
                .isPresent();
    }

    /// The shop exchanges the code that a page brought.
    Answer redeem(Page page) {
        return world().wire(HERE)
                .postForm(
                        world().issuer().resolve("oauth/token"),
                        Map.of(
                                "grant_type",
                                "authorization_code",
                                "client_id",
                                World.SHOP,
                                "client_secret",
                                world().shopSecret(),
                                "code",
                                page.parameter("code").orElseThrow(),
                                "redirect_uri",
                                callback()),
                        Map.of());
    }

    /// The claims of the ID token that the shop gets for a page's code.
    JsonNode idToken(Page page) {
        return claims(redeem(page).text("id_token"));
    }

    static JsonNode claims(String jwt) {
        return JSON.readTree(Base64.getUrlDecoder().decode(jwt.split("\\.", -1)[1]));
    }

    /// The user's document in the Management API.
    JsonNode user(String email) {
        return operator().get("users-by-email?email=" + email).json().path(0);
    }

    String userId(String email) {
        return user(email).path("user_id").asString();
    }

    JsonNode session(String id) {
        return operator().get("sessions/" + id).json();
    }

    /// Changes `session_transfer` of the shop for as long as something takes.
    void withTransfer(String settings, Runnable work) {
        var client = "{\"session_transfer\":" + settings + "}";
        operator().patchClient(World.SHOP, client);
        try {
            work.run();
        } finally {
            operator()
                    .patchClient(
                            World.SHOP,
                            """
                            {"session_transfer":{"allowed_authentication_methods":["cookie","query"],
                             "enforce_device_binding":"ip","allow_refresh_token":true}}
                            """);
        }
    }

    void withTenant(String settings, String restored, Runnable work) {
        change("tenants/settings", settings);
        try {
            work.run();
        } finally {
            change("tenants/settings", restored);
        }
    }

    void change(String path, String body) {
        var answer = operator().call("PATCH", path, body);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
    }

    /// An organization of which nobody is a member, with the tenant's users.
    ///
    /// @param assigns whether signing in makes a member
    String organization(String name, boolean assigns) {
        var created = operator().call("POST", "organizations", "{\"name\":\"" + name + "\"}");
        assertThat(created.status()).as("%s", created.json()).isEqualTo(201);
        var id = created.text("id");
        var connection =
                operator()
                        .get("connections?name=Username-Password-Authentication")
                        .json()
                        .path(0)
                        .path("id")
                        .asString();
        var enabled =
                operator()
                        .call(
                                "POST",
                                "organizations/" + id + "/enabled_connections",
                                """
                                {"connection_id":"%s","assign_membership_on_login":%s}
                                """
                                        .formatted(connection, assigns));
        assertThat(enabled.status()).as("%s", enabled.json()).isEqualTo(201);
        return id;
    }

    /// What the database says to a question that a number answers.
    long number(String question) {
        try (var connection = DriverManager.getConnection(database());
                var prepared = connection.prepareStatement(question);
                var rows = prepared.executeQuery()) {
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private String database() {
        return "jdbc:sqlite:" + world().folder().resolve("segue.db");
    }

    /// Moves a deadline, as only time can otherwise.
    void sql(String statement) {
        try (var connection = DriverManager.getConnection(database());
                var prepared = connection.prepareStatement(statement)) {
            prepared.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
