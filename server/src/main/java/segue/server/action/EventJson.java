package segue.server.action;

import org.jspecify.annotations.Nullable;

import segue.domain.action.Event;
import segue.domain.action.Event.Device;
import segue.domain.action.TokenExchangeEvent;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/// Writes an event as scripts read it (contract actions §3). What isn't known is left out.
final class EventJson {
    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private EventJson() {}

    /// The event, without secrets.
    static ObjectNode of(Event event) {
        var json = object();
        json.set("user", user(event.user()));
        json.set("client", client(event.client()));
        json.set("connection", connection(event.connection()));
        json.set("request", request(event.request()));
        event.session().ifPresent(it -> json.set("session", session(it)));
        event.sessionTransferToken()
                .ifPresent(it -> json.set("session_transfer_token", transfer(it)));
        event.refreshToken().ifPresent(it -> json.set("refresh_token", refreshToken(it)));
        json.set("authentication", authentication(event.authentication()));
        event.authorization()
                .ifPresent(it -> json.putObject("authorization").set("roles", texts(it.roles())));
        event.organization().ifPresent(it -> json.set("organization", organization(it)));
        event.resourceServer()
                .ifPresent(
                        it -> json.putObject("resource_server").put("identifier", it.identifier()));
        json.putObject("stats").put("logins_count", event.stats().loginsCount());
        json.putObject("tenant").put("id", event.tenant().id());
        event.customDomain()
                .ifPresent(
                        it ->
                                json.putObject("custom_domain")
                                        .put("domain", it.domain())
                                        .set("domain_metadata", plain(it.domainMetadata())));
        json.set("transaction", transaction(event.transaction()));
        return json;
    }

    /// ISO 8601 with milliseconds.
    static String moment(Instant instant) {
        return MOMENT.format(instant);
    }

    private static ObjectNode user(Event.User user) {
        var json = object();
        user.profile().forEach((name, value) -> json.set(name, plain(value)));
        json.put("user_id", user.userId());
        json.put("email_verified", user.emailVerified());
        json.put("created_at", moment(user.createdAt()));
        json.put("updated_at", moment(user.updatedAt()));
        put(json, "last_password_reset", user.lastPasswordReset().map(EventJson::moment));
        json.set("app_metadata", plain(user.appMetadata()));
        json.set("user_metadata", plain(user.userMetadata()));
        var identities = json.putArray("identities");
        for (var it : user.identities())
            identities
                    .addObject()
                    .put("connection", it.connection())
                    .put("provider", it.provider())
                    .put("user_id", it.userId())
                    .put("isSocial", it.isSocial());
        return json;
    }

    private static ObjectNode client(Event.Client client) {
        var json = object().put("client_id", client.clientId()).put("name", client.name());
        json.set("metadata", plain(client.metadata()));
        return json;
    }

    private static ObjectNode connection(Event.Connection connection) {
        var json = object();
        json.put("id", connection.id());
        json.put("name", connection.name());
        json.put("strategy", connection.strategy());
        json.set("metadata", plain(connection.metadata()));
        return json;
    }

    private static ObjectNode request(Event.Request request) {
        var json = object();
        json.put("ip", request.ip());
        put(json, "asn", request.asn());
        json.put("method", request.method());
        json.put("hostname", request.hostname());
        put(json, "language", request.language());
        put(json, "user_agent", request.userAgent());
        json.set("query", plain(request.query()));
        json.set("body", plain(request.body()));
        json.set("geoip", plain(request.geoip()));
        return json;
    }

    private static ObjectNode session(Event.Session session) {
        var json = object();
        json.put("id", session.id());
        json.put("user_id", session.userId());
        json.put("created_at", moment(session.createdAt()));
        json.put("updated_at", moment(session.updatedAt()));
        json.put("authenticated_at", moment(session.authenticatedAt()));
        json.put("expires_at", moment(session.expiresAt()));
        json.put("idle_expires_at", moment(session.idleExpiresAt()));
        json.put("last_interacted_at", moment(session.lastInteractedAt()));
        json.set("device", device(session.device()));
        var clients = json.putArray("clients");
        for (var it : session.clients()) clients.addObject().put("client_id", it.clientId());
        json.putObject("cookie").put("mode", session.cookie().mode());
        json.set("metadata", plain(session.metadata()));
        session.sessionTransfer().ifPresent(it -> json.set("session_transfer", parent(it)));
        return json;
    }

    private static ObjectNode parent(Event.SessionTransfer transfer) {
        var json = object();
        var parent = json.putObject("parent_refresh_token");
        parent.put("id", transfer.parentRefreshToken().id());
        transfer.parentRefreshToken().metadata().ifPresent(it -> parent.set("metadata", plain(it)));
        return json;
    }

    private static ObjectNode device(Device device) {
        var json = object();
        json.put("initial_ip", device.initialIp());
        put(json, "initial_asn", device.initialAsn());
        json.put("initial_user_agent", device.initialUserAgent());
        json.put("last_ip", device.lastIp());
        put(json, "last_asn", device.lastAsn());
        json.put("last_user_agent", device.lastUserAgent());
        return json;
    }

    private static ObjectNode transfer(Event.SessionTransferToken token) {
        var json = object().put("client_id", token.clientId());
        json.set("scope", texts(token.scope()));
        var request = json.putObject("request");
        request.put("ip", token.request().ip());
        put(request, "asn", token.request().asn());
        put(request, "user_agent", token.request().userAgent());
        request.set("geoip", plain(token.request().geoip()));
        return json;
    }

    private static ObjectNode refreshToken(Event.RefreshToken token) {
        var json = object();
        json.put("id", token.id());
        json.put("client_id", token.clientId());
        json.put("user_id", token.userId());
        put(json, "session_id", token.sessionId());
        json.put("created_at", moment(token.createdAt()));
        put(json, "expires_at", token.expiresAt().map(EventJson::moment));
        put(json, "idle_expires_at", token.idleExpiresAt().map(EventJson::moment));
        put(json, "last_exchanged_at", token.lastExchangedAt().map(EventJson::moment));
        json.put("rotating", token.rotating());
        json.set("device", device(token.device()));
        var servers = json.putArray("resource_servers");
        for (var it : token.resourceServers())
            servers.addObject().put("audience", it.audience()).put("scopes", it.scopes());
        json.set("metadata", plain(token.metadata()));
        token.sessionTransfer().ifPresent(it -> json.set("session_transfer", parent(it)));
        return json;
    }

    private static ObjectNode authentication(Event.Authentication authentication) {
        var json = object();
        var methods = json.putArray("methods");
        for (var it : authentication.methods())
            methods.addObject().put("name", it.name()).put("timestamp", moment(it.timestamp()));
        return json;
    }

    private static ObjectNode organization(Event.Organization organization) {
        var json = object();
        json.put("id", organization.id());
        json.put("name", organization.name());
        json.put("display_name", organization.displayName());
        json.set("metadata", plain(organization.metadata()));
        return json;
    }

    private static ObjectNode transaction(Event.Transaction transaction) {
        var json = object();
        put(json, "id", transaction.id());
        json.put("protocol", transaction.protocol());
        json.set("requested_scopes", texts(transaction.requestedScopes()));
        put(json, "redirect_uri", transaction.redirectUri());
        json.set("response_type", texts(transaction.responseType()));
        put(json, "response_mode", transaction.responseMode());
        put(json, "state", transaction.state());
        json.set("prompt", texts(transaction.prompt()));
        put(json, "locale", transaction.locale());
        json.set("ui_locales", texts(transaction.uiLocales()));
        json.set("acr_values", texts(transaction.acrValues()));
        put(json, "login_hint", transaction.loginHint());
        put(json, "correlation_id", transaction.correlationId());
        transaction
                .tokenExchange()
                .ifPresent(
                        exchange -> {
                            json.put("subject_token_type", exchange.subjectTokenType());
                            put(json, "actor_token_type", exchange.actorTokenType());
                            exchange.actor().ifPresent(it -> json.set("actor", plain(it)));
                        });
        json.set("metadata", plain(transaction.metadata()));
        return json;
    }

    /// What the Action behind a token exchange profile reads, without secrets of its own (contract
    /// actions §7).
    static ObjectNode of(TokenExchangeEvent event) {
        var json = object();
        json.set("client", client(event.client()));
        event.organization().ifPresent(it -> json.set("organization", organization(it)));
        json.set("request", request(event.request()));
        event.resourceServer()
                .ifPresent(
                        it -> json.putObject("resource_server").put("identifier", it.identifier()));
        json.putObject("tenant").put("id", event.tenant().id());
        var transaction = json.putObject("transaction");
        var asked = event.transaction();
        transaction.put("subject_token", asked.subject().token().reveal());
        transaction.put("subject_token_type", asked.subject().type());
        asked.actor()
                .ifPresent(
                        it ->
                                transaction
                                        .put("actor_token", it.token().reveal())
                                        .put("actor_token_type", it.type()));
        transaction.set("requested_scopes", texts(asked.requestedScopes()));
        transaction.put("requested_token_type", asked.requestedTokenType());
        return json;
    }

    private static ObjectNode object() {
        return Json.MAPPER.createObjectNode();
    }

    private static void put(ObjectNode json, String name, Optional<String> value) {
        value.ifPresent(it -> json.put(name, it));
    }

    private static ArrayNode texts(Collection<String> texts) {
        var json = Json.MAPPER.createArrayNode();
        texts.forEach(json::add);
        return json;
    }

    private static JsonNode plain(@Nullable Object value) {
        return Json.MAPPER.valueToTree(value);
    }

    private static JsonNode plain(Map<String, ?> values) {
        return Json.MAPPER.valueToTree(values);
    }
}
