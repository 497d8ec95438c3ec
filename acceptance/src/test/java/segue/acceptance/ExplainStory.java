package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `POST /api/v2/session-transfers/explain` (native-to-web §14): why a token would be accepted or
/// refused, check by check, without consuming anything.
class ExplainStory extends KinScene {
    private static final JsonMapper JSON = new JsonMapper();

    @Override
    Map<String, String> database() {
        return Map.of();
    }

    private Clients clients(String settings) {
        var clients = clients(true, true);
        operator().patchClient(clients.web(), "{\"session_transfer\":" + settings + "}");
        return clients;
    }

    private Clients bound() {
        return clients("{\"enforce_device_binding\":\"ip\"}");
    }

    private String mint(Clients clients) {
        return phone(clients, operator().createUser()).exchange().text("access_token");
    }

    private static ObjectNode by(Clients clients, String token) {
        return JSON.createObjectNode()
                .put("session_transfer_token", token)
                .put("client_id", clients.web())
                .put("method", "query")
                .put("ip", "127.0.0.1");
    }

    private Answer explain(JsonNode body) {
        return operator().call("POST", "session-transfers/explain", body.toString());
    }

    private JsonNode explained(JsonNode body) {
        var answer = explain(body);
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(200);
        return answer.json();
    }

    private static JsonNode check(JsonNode explained, String name) {
        return explained
                .path("checks")
                .valueStream()
                .filter(it -> it.path("check").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> failed(JsonNode explained) {
        return explained
                .path("checks")
                .valueStream()
                .filter(it -> !it.path("passed").asBoolean())
                .map(it -> it.path("check").asString())
                .toList();
    }

    @Test
    void aTokenThatWouldBeAcceptedPassesEveryCheckAndIsStillGoodAfterwards() {
        var clients = bound();
        var token = mint(clients);
        for (var i = 0; i < 3; i++) {
            var explained = explained(by(clients, token));
            assertThat(explained.path("outcome").asString()).isEqualTo("accepted");
            assertThat(explained.has("reason")).isFalse();
            assertThat(
                            explained
                                    .path("checks")
                                    .valueStream()
                                    .map(it -> it.path("check").asString()))
                    .containsExactly(
                            "method",
                            "token",
                            "user_exists",
                            "device_binding",
                            "user_active",
                            "parent_live",
                            "issuer_allowed",
                            "organization",
                            "member",
                            "connection",
                            "target",
                            "same_user",
                            "authentication");
            assertThat(failed(explained)).isEmpty();
        }
        assertThat(code(redeem(clients, token, Optional.empty()))).isPresent();
        var used = explained(by(clients, token));
        assertThat(used.path("reason").asString()).isEqualTo("unknown_or_used");
        assertThat(failed(used)).containsExactly("token");
    }

    @Test
    void aDeviceElsewhereIsNamedWithBothAddresses() {
        var clients = bound();
        var explained = explained(by(clients, mint(clients)).put("ip", "203.0.113.7"));
        assertThat(explained.path("outcome").asString()).isEqualTo("refused");
        assertThat(explained.path("reason").asString()).isEqualTo("other_device");
        var inputs = check(explained, "device_binding").path("inputs");
        assertThat(inputs.toString())
                .isEqualTo(
                        "{\"enforce_device_binding\":\"ip\",\"network_same_asn\":false,"
                                + "\"verified\":false,\"issued_to\":{\"ip\":\"127.0.0.1\"},"
                                + "\"presented_by\":{\"ip\":\"203.0.113.7\"},"
                                + "\"found\":\"other_address\"}");
    }

    @Test
    void theFamilyViewNamesTheTokenThatIsAskedAbout() {
        var clients = bound();
        var email = operator().createUser();
        var phone = phone(clients, email);
        var family = only(operator().get(users(userId(email)) + "/refresh-tokens"), "tokens");
        phone.exchange();
        var tree = operator().get("refresh-tokens/" + family + "/family").json();
        var id = tree.at("/root/children/0/id").asString();
        var asked = by(clients, "").put("id", id);
        asked.remove("session_transfer_token");
        var explained = explained(asked);
        assertThat(explained.path("outcome").asString()).isEqualTo("accepted");
        assertThat(explained.at("/session_transfer_token/id").asString()).isEqualTo(id);
        assertThat(explained.at("/session_transfer_token/user_id").asString())
                .isEqualTo(userId(email));
    }

    @Test
    void aSessionOfAnotherUserIsNamedAndDoesNotEnd() {
        var kin = kin(true, true);
        var token = mint(kin.clients());
        var explained = explained(by(kin.clients(), token).put("session_id", kin.sessionId()));
        assertThat(explained.path("reason").asString()).isEqualTo("other_user");
        assertThat(check(explained, "same_user").at("/inputs/session_user_id").asString())
                .isEqualTo(kin.user());
        assertThat(sessionWorks(kin)).isTrue();
    }

    @Test
    void aMethodThatTheClientDoesNotListIsTheReason() {
        var clients = bound();
        var token = mint(clients);
        var byCookie = explained(by(clients, token).put("method", "cookie"));
        assertThat(byCookie.path("reason").asString()).isEqualTo("method_not_allowed");
        assertThat(check(byCookie, "method").at("/inputs/allowed").toString())
                .isEqualTo("[\"query\"]");
    }

    @Test
    void theVerifierIsOneOfTheCircumstances() {
        var clients = bound();
        var verifier = Pkce.fresh();
        var token =
                phone(clients, operator().createUser())
                        .exchange(Map.of("transfer_challenge", verifier.challenge()))
                        .text("access_token");
        assertThat(explained(by(clients, token)).path("reason").asString())
                .isEqualTo("verifier_missing");
        for (var i = 0; i < 5; i++)
            assertThat(
                            explained(by(clients, token).put("transfer_verifier", "x".repeat(43)))
                                    .path("reason")
                                    .asString())
                    .isEqualTo("verifier_wrong");
        assertThat(
                        explained(by(clients, token).put("transfer_verifier", verifier.verifier()))
                                .path("outcome")
                                .asString())
                .isEqualTo("accepted");
    }

    @ParameterizedTest
    @CsvSource({"prompt,login", "max_age,0"})
    void aSignInThatIsTooOldForTheRequestIsTheReason(String name, String value) {
        var clients = bound();
        var asked = by(clients, mint(clients));
        if (name.equals("prompt")) asked.put(name, value);
        else asked.put(name, Long.parseLong(value));
        assertThat(explained(asked).path("reason").asString())
                .isEqualTo("reauthentication_required");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'client_id':'x'}",
                "{'client_id':'x','ip':'127.0.0.1'}",
                "{'client_id':'x','ip':'localhost','id':'y'}",
                "{'client_id':'x','ip':'127.0.0.1','id':'y','session_transfer_token':'z'}",
                "{'client_id':'x','ip':'127.0.0.1','id':'y','method':'post'}",
                "{'client_id':'x','ip':'127.0.0.1','id':'y','transfer_verifier':'short'}",
                "{'client_id':'x','ip':'127.0.0.1','id':'y','max_age':-1}",
                "{'client_id':'x','ip':'127.0.0.1','id':'y','more':1}"
            })
    void whatIsNoQuestionIsRefused(String body) {
        var answer = explain(JSON.readTree(body.replace('\'', '"')));
        assertThat(answer.status()).as("%s", answer.json()).isEqualTo(400);
        assertThat(answer.text("errorCode")).isEqualTo("invalid_body");
    }

    @Test
    void whoIsNotThereIsNotFound() {
        var clients = bound();
        assertThat(explain(by(clients, "x").put("client_id", "nobody")).status()).isEqualTo(404);
        assertThat(explain(by(clients, "x").put("session_id", "none")).status()).isEqualTo(404);
        var unknown = by(clients, "x").put("id", "none");
        unknown.remove("session_transfer_token");
        assertThat(explain(unknown).status()).isEqualTo(404);
        // A token that nobody minted is a question that has an answer.
        assertThat(explained(by(clients, "x")).path("reason").asString())
                .isEqualTo("unknown_or_used");
    }
}
