package segue.server.management;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.server.http.Method;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Contract operator §4.
class TenantFileTest {
    private static final String WHOLE =
            """
            tenant:
              friendly_name: Shop
              session_lifetime: 12
              idle_session_lifetime: 6.5
              flags:
                revoke_refresh_token_grant: true
            databases:
              - name: Username-Password-Authentication
                enabled_clients: [Shop (Android), web]
              - name: Staff
                strategy: auth0
                options:
                  requires_username: true
                enabled_clients: []
            resourceServers:
              - name: Orders
                identifier: https://orders.example
                scopes:
                  - value: read:orders
                    description: Read
            clients:
              - name: Shop (Android)
                app_type: native
                callbacks: [com.example.shop:/callback]
                refresh_token:
                  rotation_type: rotating
                  expiration_type: expiring
                  leeway: 3
                session_transfer:
                  can_create_session_transfer_token: true
              - name: Shop (web)
                client_id: web
                client_secret: ${WEB_SECRET}
                app_type: regular_web
                mobile: null
                client_metadata:
                  a: "1"
                session_transfer:
                  allowed_authentication_methods: [cookie, query]
                  delegation:
                    allow_delegated_access: true
            clientGrants:
              - client_id: web
                audience: https://orders.example
                scope: [read:orders]
              - client_id: Shop (Android)
                audience: https://orders.example
                subject_type: user
                scope: [read:orders]
            users:
              - email: Kim@Example.org
                password: correct horse battery staple
                app_metadata: {}
                user_metadata:
                  colour: green
              - username: lee
                password_hash: "$2a$04$abcdefghijklmnopqrstuuG0xCvOqb2pQGuC5HMk6XhVrkYQdWLFS"
                connection: Staff
            organizations:
              - name: acme
                display_name: Acme
                members: [KIM@example.org]
                connections:
                  - name: Staff
                    assign_membership_on_login: true
                    show_as_button: false
                  - Username-Password-Authentication
            """;

    @TempDir Path folder;
    private Api api;

    @BeforeEach
    void open() {
        api = new Api(folder);
    }

    @AfterEach
    void close() {
        api.close();
    }

    private TenantFile.Report read(String yaml) {
        return read(yaml, Map.of("WEB_SECRET", "w".repeat(40)));
    }

    private TenantFile.Report read(String yaml, Map<String, String> environment) {
        return read(api, yaml, environment);
    }

    private TenantFile.Report read(Api into, String yaml, Map<String, String> environment) {
        return new TenantFile(into.tenancy).read(yaml, environment, new TenantFolder(folder));
    }

    private String write() {
        return new TenantFile(api.tenancy).write();
    }

    private static void assertClean(TenantFile.Report report) {
        assertThat(report.problems()).isEmpty();
        assertThat(report.warnings()).isEmpty();
    }

    @Test
    void importingAgainChangesNothing() {
        var first = read(WHOLE);
        assertClean(first);
        assertThat(first.changes()).isGreaterThan(10);
        var before = write();
        var second = read(WHOLE);
        assertClean(second);
        assertThat(second.changes()).isZero();
        assertThat(write()).isEqualTo(before);
    }

    @Test
    void whatIsExportedAndImportedIsExportedTheSame() {
        assertClean(read(WHOLE));
        var exported = write();
        var report = read(exported);
        assertClean(report);
        assertThat(report.changes()).isZero();
        assertThat(write()).isEqualTo(exported);
    }

    /// But for what isn't in the file: users, and with them the members of organizations.
    @Test
    void anEmptyDatabaseBecomesTheSameByImporting() throws IOException {
        assertClean(read(WHOLE.replaceAll("(?m)^ *members:.*\n", "")));
        var exported = write();
        try (var other = new Api(Files.createDirectory(folder.resolve("other")))) {
            var report = read(other, exported, Map.of());
            assertClean(report);
            assertThat(new TenantFile(other.tenancy).write()).isEqualTo(exported);
        }
    }

    @Test
    void whatTheFileSaysIsThere() {
        read(WHOLE);
        var web = api.ok("/clients/web");
        assertThat(web.path("client_secret").asString()).isEqualTo("w".repeat(40));
        assertThat(web.path("session_transfer").path("delegation").toString())
                .isEqualTo("{\"allow_delegated_access\":true,\"enforce_device_binding\":\"ip\"}");
        assertThat(api.ok("/tenants/settings").path("idle_session_lifetime").asDouble())
                .isEqualTo(6.5);
        var kim = api.ok("/users-by-email?email=kim%40example.org").get(0);
        assertThat(kim.path("user_metadata").toString()).isEqualTo("{\"colour\":\"green\"}");
        var acme = api.ok("/organizations/name/acme").path("id").asString();
        assertThat(api.ok("/organizations/" + acme + "/members")).hasSize(1);
        var connections = api.ok("/organizations/" + acme + "/enabled_connections");
        assertThat(connections).hasSize(2);
        assertThat(
                        connections
                                .valueStream()
                                .filter(it -> it.path("assign_membership_on_login").asBoolean())
                                .map(it -> it.path("connection").path("name").asString()))
                .containsExactly("Staff");
    }

    @Test
    void aChangedConnectionOfAnOrganizationIsChanged() {
        read(WHOLE);
        var report = read(WHOLE.replace("show_as_button: false", "show_as_button: true"));
        assertThat(report.changes()).isEqualTo(1);
        var acme = api.ok("/organizations/name/acme").path("id").asString();
        assertThat(
                        api.ok("/organizations/" + acme + "/enabled_connections")
                                .valueStream()
                                .map(it -> it.path("show_as_button").asBoolean()))
                .contains(true);
    }

    /// A secret is data: whatever stands in it, it doesn't become YAML.
    @Test
    void aVariableIsPutIntoTextsAfterTheyWereParsed() {
        var evil = "aaaaaaaaaaaaaaaa#b:'c\"d{e}[f]\\n,is_first_party:false" + "x".repeat(32);
        assertClean(
                read(
                        """
                        clients:
                          - name: ${NAME} (web)
                            client_id: web
                            client_secret: ${SECRET}
                        """,
                        Map.of(
                                "SECRET",
                                evil,
                                "NAME",
                                "a: b # c\n- ${SECRET} $1".replace('\n', ' '))));
        var web = api.ok("/clients/web");
        assertThat(web.path("client_secret").asString()).isEqualTo(evil);
        assertThat(web.path("name").asString()).isEqualTo("a: b # c - ${SECRET} $1 (web)");
        assertThat(web.path("is_first_party").asBoolean()).isTrue();
        var twoLines =
                read(
                        "clients:\n  - name: Injected\n    description: ${TEXT}\n",
                        Map.of("TEXT", "x\n    is_first_party: false"));
        assertClean(twoLines);
        var injected =
                api.ok("/clients")
                        .valueStream()
                        .filter(it -> it.path("name").asString().equals("Injected"))
                        .toList();
        assertThat(injected.getFirst().path("is_first_party").asBoolean()).isTrue();
    }

    @Test
    void aVariableStaysAText() {
        var report =
                read(
                        "clients:\n  - name: Shop\n    is_first_party: ${FLAG}\n",
                        Map.of("FLAG", "false"));
        assertThat(report.problems())
                .containsExactly(
                        "clients Shop: Payload validation error: 'Expected type boolean but found"
                                + " type string' on property is_first_party.");
    }

    @Test
    void aVariableThatIsNotSetStopsTheImport() {
        var report = read(WHOLE, Map.of());
        assertThat(report.problems()).containsExactly("the variable WEB_SECRET is not set");
        assertThat(report.changes()).isZero();
    }

    /// An export of Auth0 is imported as it is; what we lack is named.
    @Test
    void whatIsNotSupportedIsNamedAndTheRestIsImported() {
        var report =
                read(
                        """
                        pages: []
                        rules: []
                        tenant:
                          friendly_name: Shop
                          enable_ai_guide: true
                          sandbox_versions_available: ["22"]
                        databases:
                          - name: Staff
                            strategy: auth0
                            authentication:
                              active: true
                        connections:
                          - name: google-oauth2
                            strategy: google-oauth2
                        clients:
                          - name: Shop
                            global: false
                            tenant: elsewhere
                            callback_url_template: false
                            app_type: regular_web
                        """);
        assertThat(report.problems()).isEmpty();
        assertThat(report.warnings())
                .containsExactlyInAnyOrder(
                        "pages is not supported and was left out",
                        "rules is not supported and was left out",
                        "tenant: enable_ai_guide is not supported and was left out",
                        "databases Staff: authentication is not supported and was left out",
                        "connections google-oauth2: the strategy is not supported and it was left"
                                + " out",
                        "clients Shop: callback_url_template is not supported and was left out");
        assertThat(report.changes()).isEqualTo(3);
        assertThat(api.ok("/clients?app_type=regular_web")).hasSize(1);
    }

    @Test
    void aFileThatIsNoTenantFileChangesNothing() {
        for (var text :
                new String[] {
                    "a: [",
                    "- a",
                    "just words",
                    "clients: 5",
                    "tenant: 5",
                    "clients: [5]",
                    "clients:\n  - description: x",
                    "clients: []\nclients: []",
                    "clients:\n  - name: \"\\0\"",
                    "tenant: {\"\\0\": 1}"
                }) {
            var report = read(text);
            assertThat(report.problems()).as(text).hasSize(1);
            assertThat(report.changes()).as(text).isZero();
        }
    }

    /// THREATS R35.5.
    @Test
    void aPasswordThatTheConnectionRefusesIsAnErrorByItsName() {
        var report = read("users:\n  - {email: kim@example.org, password: iloveyou1}\n");
        assertThat(report.problems())
                .containsExactly(
                        "users kim@example.org: Payload validation error:"
                                + " 'PasswordDictionaryError: Password is too common'.");
        assertThat(api.ok("/users")).isEmpty();
    }

    @Test
    void aPasswordHashThatWeCanNotVerifyIsRefused() {
        var report =
                read(
                        "users:\n  - email: kim@example.org\n    password_hash: \"md5:"
                                + "0".repeat(32)
                                + "\"\n");
        assertThat(report.problems())
                .containsExactly(
                        "users kim@example.org: password_hash is neither Argon2, bcrypt nor PBKDF2"
                                + " that we can verify");
        assertThat(api.ok("/users")).isEmpty();
    }

    @Test
    void noSecretIsExported() {
        read(WHOLE);
        api.ok(
                Method.PATCH,
                "/resource-servers/https%3A%2F%2Forders.example",
                "{'signing_alg':'HS256','signing_secret':'" + "k".repeat(40) + "'}");
        var exported = write();
        assertThat(exported)
                .doesNotContain("wwww", "kkkk", "client_secret:", "signing_secret", "horse");
    }

    /// Who imports an export in another place finds the same secret there as before.
    @Test
    void importingWithoutASecretKeepsTheOneThatThereIs() {
        read(WHOLE);
        read(write());
        JsonNode web = api.ok("/clients/web");
        assertThat(web.path("client_secret").asString()).isEqualTo("w".repeat(40));
    }

    private static final String ACTIONS =
            """
            actions:
              - name: Trust
                code: ./actions/trust/code.js
                runtime: node22
                deployed: true
                status: built
                dependencies: []
                secrets:
                  - name: KEY
                    value: ${KEY}
                supported_triggers:
                  - id: post-login
                    version: v3
              - name: Exchange
                code: |
                  exports.onExecuteCustomTokenExchange = async (event, api) => {
                    api.access.deny("x", `${UNSET} ${event.client.name}`);
                  };
                deployed: true
                supported_triggers:
                  - id: custom-token-exchange
                    version: v1
            triggers:
              post-login:
                - action_name: Trust
                  display_name: Only trusted devices
            tokenExchangeProfiles:
              - name: Tickets
                subject_token_type: urn:shop:ticket
                action: Exchange
                type: custom_authentication
            """;

    private TenantFile.Report readActions(String yaml) throws IOException {
        var code = folder.resolve("actions/trust/code.js");
        Files.createDirectories(code.getParent());
        Files.writeString(code, "exports.onExecutePostLogin = async () => {};\n");
        return read(yaml, Map.of("KEY", "hidden-key"));
    }

    private long revision() {
        return api.registry.tenant().actionsRevision();
    }

    @Test
    void actionsAreImportedWithTheirCodeAndRunAtTheirTriggers() throws IOException {
        assertClean(readActions(ACTIONS));
        var running = api.tenancy.actions.deployed("post-login");
        assertThat(running).hasSize(1);
        assertThat(running.getFirst().code())
                .isEqualTo("exports.onExecutePostLogin = async () => {};\n");
        var secrets =
                api.tenancy.actionSecrets.open(
                        running.getFirst().action(), running.getFirst().sealedSecrets());
        assertThat(secrets.get("KEY")).matches(it -> it.reveal().equals("hidden-key"));
        var profile = api.tenancy.actions.profile("urn:shop:ticket").orElseThrow();
        assertThat(api.tenancy.actions.deployedById(profile.action()).orElseThrow().code())
                .contains("`${UNSET} ${event.client.name}`");
        assertThat(
                        api.ok("/actions/triggers/post-login/bindings")
                                .path("bindings")
                                .path(0)
                                .path("display_name")
                                .asString())
                .isEqualTo("Only trusted devices");
    }

    @Test
    void importingActionsAgainMakesNoVersionAndNoRevision() throws IOException {
        readActions(ACTIONS);
        var revision = revision();
        assertThat(revision).isEqualTo(4);
        var again = readActions(ACTIONS);
        assertClean(again);
        assertThat(again.changes()).isZero();
        assertThat(revision()).isEqualTo(revision);
        var exported = read(write());
        assertClean(exported);
        assertThat(exported.changes()).isZero();
        assertThat(revision()).isEqualTo(revision);
    }

    @Test
    void aChangedActionIsOneNewVersion() throws IOException {
        readActions(ACTIONS);
        var revision = revision();
        for (var change :
                new String[][] {
                    {"value: ${KEY}", "value: another"}, {"node22", "node18"},
                }) {
            var report = readActions(ACTIONS.replace(change[0], change[1]));
            assertClean(report);
            assertThat(report.changes()).as(change[1]).isEqualTo(1);
            assertThat(revision()).isEqualTo(++revision);
            readActions(ACTIONS);
            assertThat(revision()).isEqualTo(++revision);
        }
        var moved = readActions(ACTIONS.replace("Only trusted", "All trusted"));
        assertThat(moved.changes()).isEqualTo(1);
        assertThat(revision()).isEqualTo(++revision);
        var draft =
                ACTIONS.replace("deployed: true", "deployed: false").replace("node22", "node18");
        assertClean(readActions(draft));
        assertThat(api.tenancy.actions.deployed("post-login").getFirst().runtime())
                .isEqualTo("node22");
        assertClean(readActions(draft.replace("deployed: false", "deployed: true")));
        assertThat(api.tenancy.actions.deployed("post-login").getFirst().runtime())
                .isEqualTo("node18");
    }

    @Test
    void noSecretOfAnActionIsExportedAndTheOneThatThereIsIsKept() throws IOException {
        readActions(ACTIONS);
        var exported = write();
        assertThat(exported)
                .contains("KEY", "Only trusted devices", "urn:shop:ticket", "onExecutePostLogin")
                .doesNotContain("hidden-key", "value:", "updated_at");
        try (var other = new Api(Files.createDirectory(folder.resolve("other")))) {
            assertThat(read(other, exported, Map.of()).problems())
                    .first()
                    .asString()
                    .contains("actions Trust: ", "'Missing value of secret: KEY'");
            var secret = exported.replace("\"KEY\"", "\"KEY\"\n    value: \"known\"");
            assertClean(read(other, secret, Map.of()));
            assertThat(new TenantFile(other.tenancy).write()).isEqualTo(exported);
        }
    }

    /// Who may write a tenant file needn't be somebody who may read this machine.
    @Test
    void codeIsReadFromTheFoldersOfTheTenantFileOnly() throws IOException {
        var outside = Files.createTempFile("outside", ".js");
        var inside = Files.createDirectory(folder.resolve("inside"));
        Files.writeString(folder.resolve("above.js"), "above");
        Files.createSymbolicLink(inside.resolve("link.js"), outside);
        Files.createSymbolicLink(inside.resolve("up"), folder);
        Files.createDirectory(inside.resolve("folder.js"));
        Files.write(inside.resolve("latin.js"), new byte[] {(byte) 0xe4});
        Files.write(inside.resolve("zero.js"), new byte[] {0});
        Files.writeString(inside.resolve("long.js"), "x".repeat(100 * 1024 + 1));
        Files.writeString(inside.resolve("a b.js"), "fine");
        Files.createSymbolicLink(inside.resolve("near.js"), inside.resolve("a b.js"));
        for (var wrong :
                new String[] {
                    outside.toString(),
                    "../above.js",
                    "./x/../../above.js",
                    "link.js",
                    "up/above.js",
                    "folder.js",
                    "latin.js",
                    "zero.js",
                    "long.js",
                    "missing.js",
                    "./missing/code.mjs"
                }) {
            assertThat(readFrom(inside, wrong).problems()).as(wrong).hasSize(1);
            assertThat(api.ok("/actions/actions").path("total").asInt()).as(wrong).isZero();
        }
        assertClean(readFrom(inside, "./a b.js"));
        assertClean(readFrom(inside, "near.js"));
        var code = api.ok("/actions/actions").path("actions").path(0).path("code");
        assertThat(code.asString()).isEqualTo("fine");
        Files.delete(outside);
    }

    private TenantFile.Report readFrom(Path inside, String code) {
        var yaml =
                """
                actions:
                  - name: Code
                    code: "%s"
                    supported_triggers: [{id: post-login, version: v3}]
                """
                        .formatted(code);
        return new TenantFile(api.tenancy).read(yaml, Map.of(), new TenantFolder(inside));
    }

    @Test
    void whatIsWrongWithActionsIsNamed() {
        for (var text :
                new String[] {
                    "actions:\n  - name: x",
                    "actions:\n  - name: x\n    deployed: maybe",
                    "triggers: []",
                    "triggers: {post-login: x}",
                    "triggers: {post-login: [{action_name: nothing}]}",
                    "triggers: {post-login: [5]}",
                    "triggers: {Post Login: [{action_name: nothing}]}",
                    "tokenExchangeProfiles:\n  - name: Tickets\n    action: nothing"
                }) {
            var report = read(text);
            assertThat(report.problems()).as(text).hasSize(1);
            assertThat(report.changes()).as(text).isZero();
        }
        assertThat(revision()).isZero();
    }
}
