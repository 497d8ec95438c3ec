package segue.benchmark;

import segue.demo.wire.Wire;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Somebody who has signed in to the app and in a browser, and does one thing after the other on a
/// connection of their own. What isn't a success is an exception: it would be quick, and no
/// measurement.
final class Member implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final Connection connection;
    private final Optional<Population> population;
    private String cookie;
    private String refreshToken;

    /// @param population those for whom it is done, each once; empty if it is done for oneself
    /// @param refreshToken the app's
    /// @param cookie of the browser's session
    Member(
            Connection connection,
            Optional<Population> population,
            String refreshToken,
            String cookie) {
        this.connection = connection;
        this.population = population;
        this.refreshToken = refreshToken;
        this.cookie = cookie;
    }

    /// Rotates the app's refresh token.
    void refresh() throws IOException {
        takeTurn();
        var before = refreshToken;
        var answer = withRefreshToken(Map.of());
        if (refreshToken.equals(before) || !answer.has("id_token"))
            throw new IllegalStateException("no rotation: " + answer.propertyNames());
    }

    /// @return a session transfer token
    String exchange() throws IOException {
        takeTurn();
        var answer = withRefreshToken(Map.of("audience", "urn:localhost:session_transfer"));
        if (!answer.path("token_type").asString("").equals("N_A"))
            throw new IllegalStateException("no transfer: " + answer.propertyNames());
        return answer.path("access_token").asString();
    }

    private void takeTurn() {
        population.ifPresent(it -> refreshToken = Population.refreshToken(it.nextFamily()));
    }

    private JsonNode withRefreshToken(Map<String, String> more) throws IOException {
        var fields = new LinkedHashMap<>(more);
        fields.put("grant_type", "refresh_token");
        fields.put("client_id", Subject.APP);
        fields.put("refresh_token", refreshToken);
        var answer = token(fields);
        refreshToken = answer.path("refresh_token").asString(refreshToken);
        return answer;
    }

    /// A silent sign-in to the web app, in the browser with the session.
    void signIn() throws IOException {
        population.ifPresent(
                it -> cookie = Subject.SESSION + "=" + Population.session(it.nextSession()));
        var _ = authorize("", cookie);
    }

    /// A hand-off to a browser that was never used, up to the web app's tokens.
    void handOff() throws IOException {
        var code = authorize("&session_transfer_token=" + exchange(), "");
        var answer =
                token(
                        Map.of(
                                "grant_type",
                                "authorization_code",
                                "client_id",
                                Subject.WEB,
                                "client_secret",
                                Subject.WEB_SECRET,
                                "redirect_uri",
                                Subject.CALLBACK,
                                "code",
                                code));
        if (!answer.has("id_token"))
            throw new IllegalStateException("no ID token: " + answer.propertyNames());
    }

    /// @return the code
    private String authorize(String more, String cookie) throws IOException {
        var answer = connection.get("/authorize?" + Wire.form(Subject.REQUEST) + more, cookie);
        var location = answer.header("location");
        if (!location.matches(".*[?&]code=.*"))
            throw new IllegalStateException(answer.status() + " " + location);
        return location.replaceFirst(".*[?&]code=([^&]*).*", "$1");
    }

    private JsonNode token(Map<String, String> fields) throws IOException {
        var answer = connection.post("/oauth/token", Wire.form(fields));
        if (answer.status() != 200)
            throw new IllegalStateException(answer.status() + " " + answer.body());
        return JSON.readTree(answer.body());
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
