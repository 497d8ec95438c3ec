package segue.faults;

import segue.benchmark.Connection;
import segue.benchmark.Connection.Reply;
import segue.demo.wire.Wire;
import segue.faults.Operation.Action;
import segue.faults.Thing.Kind;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Uses what clients hold, one request at a time on a connection of its own, and writes down what
/// became of it. Whatever the server says is an outcome, never an exception.
final class Actor implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String REALM = "http://auth0.com/oauth/grant-type/password-realm";
    private static final Pattern SESSION = Pattern.compile("(segue_session=[^;\n]+)");
    private static final Pattern CODE = Pattern.compile("[?&]code=([^&]*)");
    private static final Pattern ERROR = Pattern.compile("[?&]error=([^&]*)");

    private final URI server;
    private final History history;
    private Optional<Connection> connection = Optional.empty();
    private boolean isPutOff = false;

    Actor(URI server, History history) {
        this.server = server;
        this.history = history;
    }

    /// What was done, and what the client holds now.
    ///
    /// @param sid of the session, as an ID token says it
    record Did(Operation operation, List<Held> made, Optional<String> sid) {
        boolean isDone() {
            return operation.isDone();
        }

        boolean isRefused() {
            return operation.isRefused();
        }

        Held made(Kind kind) {
            return made.stream()
                    .filter(it -> it.thing().kind() == kind)
                    .findFirst()
                    .orElseThrow(
                            () ->
                                    new IllegalStateException(
                                            "%s by %s: %s"
                                                    .formatted(
                                                            kind,
                                                            operation.action(),
                                                            operation.outcome())));
        }
    }

    /// Whether the server is there and hasn't just told us to wait. A request that isn't sent isn't
    /// written down.
    boolean isWelcome() {
        var wasPutOff = isPutOff;
        isPutOff = false;
        return !wasPutOff && isConnected();
    }

    /// Whether the server says that it is ready.
    boolean isReady() {
        return send(it -> it.get("/health/ready", ""))
                .reply()
                .filter(it -> it.status() == 200)
                .isPresent();
    }

    private boolean isConnected() {
        if (connection.isPresent()) return true;
        try {
            connection = Optional.of(new Connection(server));
            return true;
        } catch (IOException nobodyListens) {
            return false;
        }
    }

    private record Exchange(Optional<Reply> reply, long start, long end) {}

    @FunctionalInterface
    private interface Sending {
        Reply on(Connection connection) throws IOException;
    }

    private Exchange send(Sending sending) {
        var start = System.nanoTime();
        try {
            if (!isConnected()) throw new IOException("nobody listens");
            var reply = sending.on(connection.orElseThrow());
            var end = System.nanoTime();
            isPutOff = !reply.header("retry-after").isEmpty();
            // So says the server of a connection that it is about to close.
            if (reply.header("connection").equalsIgnoreCase("close")) close();
            return new Exchange(Optional.of(reply), start, end);
        } catch (IOException e) {
            close();
            return new Exchange(Optional.empty(), start, System.nanoTime());
        }
    }

    private Exchange post(String path, Map<String, String> fields) {
        return send(it -> it.post(path, Wire.form(fields)));
    }

    /// Of an answer that isn't a success.
    private static Outcome failure(Optional<Reply> reply, String error) {
        if (reply.isEmpty()) return new Outcome.Broken();
        var status = reply.get().status();
        if (status < 500 && status != 429) return new Outcome.Refused(error);
        return new Outcome.Unavailable(status, !reply.get().header("retry-after").isEmpty());
    }

    private Did did(
            Action action,
            Optional<Thing> used,
            List<Held> made,
            Outcome outcome,
            Exchange exchange,
            Optional<String> sid) {
        var operation =
                new Operation(
                        action,
                        used,
                        made.stream().map(Held::thing).toList(),
                        outcome,
                        exchange.start(),
                        exchange.end());
        history.add(operation);
        return new Did(operation, made, sid);
    }

    private static JsonNode body(Reply reply) {
        return reply.body().startsWith("{") ? JSON.readTree(reply.body()) : JSON.createObjectNode();
    }

    private static JsonNode claims(JsonNode answer) {
        var token = answer.path("id_token").asString("");
        if (token.isEmpty()) return JSON.createObjectNode();
        var payload = Base64.getUrlDecoder().decode(token.split("\\.", 3)[1]);
        return JSON.readTree(new String(payload, StandardCharsets.UTF_8));
    }

    private static Optional<String> text(JsonNode node, String field) {
        return Optional.of(node.path(field).asString("")).filter(it -> !it.isEmpty());
    }

    @FunctionalInterface
    private interface Making {
        List<Held> from(JsonNode answer);
    }

    private Did token(
            Action action, Optional<Thing> used, Map<String, String> fields, Making making) {
        var exchange = post("/oauth/token", fields);
        var answer = exchange.reply().map(Actor::body).orElseGet(JSON::createObjectNode);
        if (exchange.reply().filter(it -> it.status() == 200).isEmpty())
            return did(
                    action,
                    used,
                    List.of(),
                    failure(exchange.reply(), answer.path("error").asString("")),
                    exchange,
                    Optional.empty());
        var claims = claims(answer);
        return did(
                action,
                used,
                making.from(answer),
                new Outcome.Done(text(claims, "sub")),
                exchange,
                text(claims, "sid"));
    }

    /// A user signs in to the app: makes a family and its first refresh token, in that order.
    Did signIn(String user) {
        return token(
                Action.SIGN_IN,
                Optional.empty(),
                Map.of(
                        "grant_type",
                        REALM,
                        "realm",
                        "Username-Password-Authentication",
                        "client_id",
                        Tenant.APP,
                        "username",
                        user,
                        "password",
                        Tenant.PASSWORD,
                        "scope",
                        "openid offline_access"),
                answer -> {
                    var family = history.family();
                    return List.of(new Held(family, ""), refreshToken(family, answer));
                });
    }

    private Held refreshToken(Thing family, JsonNode answer) {
        return new Held(
                history.thing(Kind.REFRESH_TOKEN, family), answer.path("refresh_token").asString());
    }

    private Did rotate(Action action, Held token, Map<String, String> more, Making making) {
        var fields = new LinkedHashMap<>(more);
        fields.put("grant_type", "refresh_token");
        fields.put("client_id", Tenant.APP);
        fields.put("refresh_token", token.secret());
        return token(action, Optional.of(token.thing()), fields, making);
    }

    Did refresh(Held token) {
        return rotate(
                Action.REFRESH,
                token,
                Map.of(),
                answer -> List.of(refreshToken(token.thing().family(), answer)));
    }

    Did exchange(Held token) {
        var family = token.thing().family();
        return rotate(
                Action.EXCHANGE,
                token,
                Map.of("audience", "urn:localhost:session_transfer"),
                answer ->
                        List.of(
                                refreshToken(family, answer),
                                new Held(
                                        history.thing(Kind.TRANSFER, family),
                                        answer.path("access_token").asString())));
    }

    /// In a browser that was never used.
    Did redeem(Held transfer) {
        return authorize(
                Action.REDEEM,
                transfer.thing(),
                "&session_transfer_token=" + transfer.secret(),
                "");
    }

    Did silentSignIn(Held session) {
        return authorize(Action.SILENT_SIGN_IN, session.thing(), "", session.secret());
    }

    private Did authorize(Action action, Thing used, String more, String cookie) {
        var query =
                Wire.form(
                        Map.of(
                                "client_id", Tenant.WEB,
                                "response_type", "code",
                                "redirect_uri", Tenant.CALLBACK,
                                "scope", "openid",
                                "prompt", "none"));
        var exchange = send(it -> it.get("/authorize?" + query + more, cookie));
        var location = exchange.reply().map(it -> it.header("location")).orElse("");
        var code = CODE.matcher(location);
        if (!code.find()) {
            var error = ERROR.matcher(location);
            var outcome =
                    failure(
                            exchange.reply(),
                            error.find()
                                    ? error.group(1)
                                    : exchange.reply().map(it -> "" + it.status()).orElse(""));
            return did(action, Optional.of(used), List.of(), outcome, exchange, Optional.empty());
        }
        var made = new ArrayList<Held>();
        var session = used;
        if (action == Action.REDEEM) {
            session = history.thing(Kind.SESSION, used.family());
            var cookies = exchange.reply().map(it -> it.header("set-cookie")).orElse("");
            var found = SESSION.matcher(cookies);
            if (!found.find()) throw new IllegalStateException("no session");
            made.add(new Held(session, found.group(1)));
        }
        made.add(new Held(history.thing(Kind.CODE, session), code.group(1)));
        return did(
                action,
                Optional.of(used),
                made,
                new Outcome.Done(Optional.empty()),
                exchange,
                Optional.empty());
    }

    /// The web app redeems its code.
    Did code(Held code) {
        return token(
                Action.CODE,
                Optional.of(code.thing()),
                Map.of(
                        "grant_type", "authorization_code",
                        "client_id", Tenant.WEB,
                        "client_secret", Tenant.WEB_SECRET,
                        "redirect_uri", Tenant.CALLBACK,
                        "code", code.secret()),
                _ -> List.of());
    }

    /// Ends the family of a refresh token.
    Did revoke(Held token) {
        return ending(
                Action.REVOKE,
                token.thing().family(),
                post("/oauth/revoke", Map.of("client_id", Tenant.APP, "token", token.secret())));
    }

    Did logOut(Held session) {
        return ending(
                Action.LOGOUT, session.thing(), send(it -> it.get("/v2/logout", session.secret())));
    }

    /// Ends a session through the Management API.
    Did delete(Thing session, String sid, String operatorsToken) {
        var field = "Authorization: Bearer " + operatorsToken + "\r\n";
        return ending(
                Action.DELETE,
                session,
                send(it -> it.send("DELETE", "/api/v2/sessions/" + sid, field, "")));
    }

    private Did ending(Action action, Thing used, Exchange exchange) {
        var isDone = exchange.reply().filter(it -> it.status() < 400).isPresent();
        return did(
                action,
                Optional.of(used),
                List.of(),
                isDone
                        ? new Outcome.Done(Optional.empty())
                        : failure(
                                exchange.reply(),
                                exchange.reply().map(it -> "" + it.status()).orElse("")),
                exchange,
                Optional.empty());
    }

    /// A client presents what it holds, whether or not it should still work.
    Did use(Held held) {
        return switch (held.thing().kind()) {
            case REFRESH_TOKEN -> refresh(held);
            case TRANSFER -> redeem(held);
            case SESSION -> silentSignIn(held);
            case CODE -> code(held);
            case FAMILY -> throw new IllegalArgumentException("a family isn't presented");
        };
    }

    /// For the Management API. Not part of the history: it is only asked while all is well.
    String operatorsToken() {
        var exchange =
                post(
                        "/oauth/token",
                        Map.of(
                                "grant_type",
                                "client_credentials",
                                "client_id",
                                Tenant.OPERATOR,
                                "client_secret",
                                Tenant.OPERATOR_SECRET,
                                "audience",
                                server + "api/v2/"));
        return body(exchange.reply().orElseThrow()).path("access_token").asString();
    }

    @Override
    public void close() {
        try {
            if (connection.isPresent()) connection.get().close();
        } catch (IOException e) {
            // It is closed all the same.
        }
        connection = Optional.empty();
    }
}
