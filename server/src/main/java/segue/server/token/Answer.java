package segue.server.token;

import segue.server.http.Response;
import segue.server.oauth.OAuthError;

import tools.jackson.databind.json.JsonMapper;

import java.util.Map;

/// What `/oauth/token` says.
sealed interface Answer {
    JsonMapper JSON = new JsonMapper();

    /// Tokens.
    record Issued(Map<String, Object> fields) implements Answer {
        /// As an HTTP answer.
        Response response() {
            return Response.json(200, JSON.writeValueAsString(fields))
                    .withHeader("Pragma", "no-cache");
        }
    }

    record Refused(OAuthError error) implements Answer {}
}
