package segue.server.management;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.server.http.Method;
import segue.server.settings.Rate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;

/// Contract management-api §1.2, §1.4 and §15.
class PagesTest {
    @TempDir Path folder;
    private Api api;

    @BeforeEach
    void open() {
        api = new Api(folder);
        for (var i = 0; i < 5; i++)
            api.ok(Method.POST, "/organizations", "{'name':'org" + i + "'}");
    }

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void withoutParametersAListIsAnArray() {
        assertThat(api.ok("/organizations").isArray()).isTrue();
        assertThat(api.ok("/organizations?per_page=2&page=2")).hasSize(1);
        assertThat(api.ok("/organizations?per_page=2&page=3")).isEmpty();
        assertThat(api.ok("/clients?unknown=parameter").isArray()).isTrue();
    }

    @Test
    void totalsHaveExactlyTheKeysOfTheContract() {
        var page = api.ok("/organizations?include_totals=true&per_page=2&page=1");
        assertThat(page.propertyNames())
                .containsExactly("start", "limit", "total", "organizations");
        assertThat(page.path("start").asInt()).isEqualTo(2);
        assertThat(page.path("limit").asInt()).isEqualTo(2);
        assertThat(page.path("total").asInt()).isEqualTo(5);
        assertThat(page.path("organizations")).hasSize(2);
        var usual = api.ok("/clients?include_totals=true");
        assertThat(usual.propertyNames()).containsExactly("start", "limit", "total", "clients");
        assertThat(usual.path("limit").asInt()).isEqualTo(50);
        assertThat(api.ok("/users?include_totals=true").propertyNames())
                .containsExactly("start", "limit", "length", "total", "users");
        for (var list :
                new String[] {
                    "resource-servers resource_servers",
                    "client-grants client_grants",
                    "connections connections"
                }) {
            var names = list.split(" ", -1);
            assertThat(api.ok("/" + names[0] + "?include_totals=true").propertyNames())
                    .containsExactly("start", "limit", "total", names[1]);
        }
    }

    @Test
    void checkpointsWalkTheListAndTheLastHasNoNext() {
        var seen = new ArrayList<String>();
        var page = api.ok("/organizations?take=2&include_totals=true");
        assertThat(page.propertyNames()).containsExactly("organizations", "next");
        while (true) {
            page.path("organizations").forEach(it -> seen.add(it.path("name").asString()));
            if (!page.has("next")) break;
            page = api.ok("/organizations?take=2&from=" + page.path("next").asString());
        }
        assertThat(seen).hasSize(5).doesNotHaveDuplicates();
    }

    @Test
    void aCheckpointOutlivesTheItemItNames() {
        var page = api.ok("/organizations?take=2");
        var gone = page.path("organizations").get(1).path("id").asString();
        api.ok(Method.DELETE, "/organizations/" + gone, "");
        var next = api.ok("/organizations?take=2&from=" + page.path("next").asString());
        assertThat(next.path("organizations")).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "per_page=101 Value 101 is greater than maximum 100",
                "per_page=x Expected type integer but found type string",
                "page=-1 Value -1 is less than minimum 0",
                "take=101 Value 101 is greater than maximum 100",
                "take=0 Value 0 is less than minimum 1"
            })
    void aPageThatCanNotBeIsRefused(String text) {
        var query = text.substring(0, text.indexOf(' '));
        var error = api.refused(Method.GET, "/organizations?" + query, "");
        assertThat(error.toString())
                .isEqualTo(
                        "{\"statusCode\":400,\"error\":\"Bad Request\",\"message\":\"Query"
                                + " validation error: '"
                                + text.substring(text.indexOf(' ') + 1)
                                + "' on property "
                                + query.substring(0, query.indexOf('='))
                                + ".\",\"errorCode\":\"invalid_query_string\"}");
    }

    @Test
    void aCheckpointThatIsNoneIsRefused() {
        for (var from : new String[] {"x", "0", "-1.x", "1';--"})
            assertThat(
                            api.refused(Method.GET, "/organizations?from=" + from, "")
                                    .path("errorCode")
                                    .asString())
                    .isEqualTo("invalid_query_string");
    }

    @Test
    void everyAnswerCountsDownAndPastTheLimitItIs429() throws IOException {
        var one = new Rate(3, Duration.ofSeconds(1));
        try (var limited = new Api(Files.createDirectory(folder.resolve("limited")), one)) {
            for (var left : new String[] {"2", "1", "0"}) {
                var response = limited.get("/clients/unknown", "read:clients");
                assertThat(response.header("X-RateLimit-Limit")).contains("3");
                assertThat(response.header("X-RateLimit-Remaining")).contains(left);
                assertThat(response.header("X-RateLimit-Reset"))
                        .contains(Long.toString(Api.NOW.getEpochSecond() + 1));
            }
            var refused = limited.get("/clients", "read:clients");
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.text())
                    .isEqualTo(
                            "{\"statusCode\":429,\"error\":\"Too Many"
                                    + " Requests\",\"message\":\"Global limit has been"
                                    + " reached\",\"errorCode\":\"too_many_requests\"}");
            assertThat(refused.header("Retry-After")).contains("1");
            assertThat(refused.header("X-RateLimit-Remaining")).contains("0");
        }
    }

    @Test
    void whatIsNotThereIsCalledByItsName() {
        for (var text :
                new String[] {
                    "clients/x The client does not exist/inexistent_client",
                    "connections/x The connection does not exist/inexistent_connection",
                    "resource-servers/x The resource server does not"
                            + " exist/inexistent_resource_server",
                    "users/x The user does not exist./inexistent_user",
                    "organizations/x No organization found by that id or name/",
                    "organizations/name/x No organization found by that id or name/",
                    "sessions/x The session does not exist/inexistent_session",
                    "refresh-tokens/x The refresh token does not exist/inexistent_refresh_token",
                    "logs/x Log not found./"
                }) {
            var space = text.indexOf(' ');
            var slash = text.lastIndexOf('/');
            var error = api.refused(Method.GET, "/" + text.substring(0, space), "");
            assertThat(error.path("statusCode").asInt()).isEqualTo(404);
            assertThat(error.path("error").asString()).isEqualTo("Not Found");
            assertThat(error.path("message").asString())
                    .isEqualTo(text.substring(space + 1, slash));
            assertThat(error.path("errorCode").asString("")).isEqualTo(text.substring(slash + 1));
        }
    }

    @Test
    void whatHasNoRouteIsRefusedInTheWordsOfThisApi() {
        var missing = api.send(Method.GET, "/nothing/here", Api.everything(), "");
        assertThat(missing.status()).isEqualTo(404);
        assertThat(missing.header("Content-Type")).contains("application/json; charset=utf-8");
        assertThat(missing.text())
                .isEqualTo(
                        "{\"statusCode\":404,\"error\":\"Not Found\",\"message\":\"Not Found\"}");
        var wrongMethod = api.send(Method.DELETE, "/clients", Api.everything(), "");
        assertThat(wrongMethod.text())
                .isEqualTo(
                        "{\"statusCode\":405,\"error\":\"Method Not Allowed\","
                                + "\"message\":\"Method Not Allowed\"}");
        assertThat(wrongMethod.header("Allow")).contains("GET, POST");
    }

    @Test
    void deletingWhatIsNotThereIsNoError() {
        for (var path :
                new String[] {
                    "clients", "resource-servers", "client-grants", "users", "organizations"
                })
            assertThat(api.send(Method.DELETE, "/" + path + "/x", Api.everything(), "").status())
                    .isEqualTo(204);
        for (var path : new String[] {"connections", "sessions", "refresh-tokens"})
            assertThat(api.send(Method.DELETE, "/" + path + "/x", Api.everything(), "").status())
                    .isEqualTo(202);
    }
}
