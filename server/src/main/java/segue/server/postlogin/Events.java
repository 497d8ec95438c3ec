package segue.server.postlogin;

import org.jspecify.annotations.Nullable;

import segue.domain.action.Event;
import segue.domain.action.TokenExchangeEvent;
import segue.domain.network.Device;
import segue.domain.session.Session;
import segue.domain.transfer.Transfer;
import segue.server.http.Parameters;
import segue.server.network.Networks;
import segue.server.oauth.Domains;
import segue.storage.Configuration;
import segue.storage.Scene;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.ConfigurationTable.Stored;
import segue.storage.jdbc.FamilyTable;
import segue.storage.jdbc.SessionTable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Tells Actions what happens (contract actions §3). Nothing secret leaves through here: of the
/// request only what is listed as harmless.
final class Events {
    private static final JsonMapper JSON = new JsonMapper();

    /// Never told, in whatever request they stand.
    private static final Set<String> SECRET =
            Set.of(
                    "session_transfer_token",
                    "refresh_token",
                    "client_secret",
                    "client_assertion",
                    "password",
                    "code",
                    "code_verifier",
                    "id_token_hint",
                    "subject_token",
                    "actor_token");

    /// Told by fields of their own.
    private static final Set<String> NOT_PROFILE =
            Set.of("app_metadata", "user_metadata", "email_verified", "blocked", "connection");

    private final Configuration configuration;
    private final Domains domains;
    private final Networks networks;
    private final String tenant;

    /// @param tenant the tenant's name
    Events(Configuration configuration, Domains domains, Networks networks, String tenant) {
        this.configuration = configuration;
        this.domains = domains;
        this.networks = networks;
        this.tenant = tenant;
    }

    Event of(Scene scene, Occasion occasion) {
        var told = told(occasion.parameters());
        return occasion.isInBrowser()
                ? of(scene, occasion, told, Map.of())
                : of(scene, occasion, Map.of(), told);
    }

    /// @param query that is told
    /// @param body that is told
    Event of(Scene scene, Occasion occasion, Map<String, String> query, Map<String, String> body) {
        var connection = configuration.find(Kind.CONNECTION, scene.person().connection().value());
        return new Event(
                user(scene, connection.map(Stored::document).map(Events::name).orElse("")),
                client(occasion),
                connection(connection.orElseThrow()),
                request(occasion, query, body),
                scene.session().map(it -> session(it, scene)),
                scene.transfer().map(this::transfer),
                scene.refreshToken().map(it -> refreshToken(it, scene)),
                authentication(scene),
                Optional.empty(),
                organization(occasion),
                occasion.resourceServer().map(Event.ResourceServer::new),
                new Event.Stats(scene.person().logins() + (occasion.countsLogin() ? 1 : 0)),
                new Event.Tenant(tenant),
                customDomain(occasion),
                transaction(occasion));
    }

    /// What the Action behind a token exchange profile is told.
    TokenExchangeEvent of(Occasion occasion, TokenExchangeEvent.Transaction transaction) {
        return new TokenExchangeEvent(
                client(occasion),
                organization(occasion),
                request(occasion, Map.of(), told(occasion.parameters())),
                occasion.resourceServer().map(Event.ResourceServer::new),
                new Event.Tenant(tenant),
                transaction);
    }

    private Optional<Event.Organization> organization(Occasion occasion) {
        return occasion.organization()
                .flatMap(id -> configuration.find(Kind.ORGANIZATION, id.value()))
                .map(Events::organization);
    }

    private static Event.User user(Scene scene, String connection) {
        var person = scene.person();
        var document = JSON.readTree(person.document());
        var profile = new LinkedHashMap<String, @Nullable Object>();
        document.properties().stream()
                .filter(entry -> !NOT_PROFILE.contains(entry.getKey()))
                .filter(entry -> entry.getValue().isString() || entry.getValue().isBoolean())
                .forEach(entry -> profile.put(entry.getKey(), plain(entry.getValue())));
        var id = scene.user().value();
        return new Event.User(
                id,
                profile,
                document.path("email_verified").asBoolean(false),
                person.createdAt(),
                person.updatedAt(),
                person.passwordChangedAt(),
                fields(document.path("app_metadata")),
                fields(document.path("user_metadata")),
                List.of(
                        new Event.Identity(
                                connection, "auth0", id.substring(id.indexOf('|') + 1), false)));
    }

    private Event.Client client(Occasion occasion) {
        var document =
                configuration
                        .find(Kind.CLIENT, occasion.client().id().value())
                        .map(it -> JSON.readTree(it.document()));
        return new Event.Client(
                occasion.client().id().value(),
                occasion.client().name(),
                document.map(it -> fields(it.path("client_metadata")))
                        .orElseGet(LinkedHashMap::new));
    }

    private static Event.Connection connection(Stored stored) {
        var document = JSON.readTree(stored.document());
        return new Event.Connection(
                stored.id(),
                document.path("name").asString(""),
                document.path("strategy").asString("auth0"),
                fields(document.path("metadata")));
    }

    private Event.Request request(
            Occasion occasion, Map<String, String> query, Map<String, String> body) {
        var request = occasion.request();
        return new Event.Request(
                occasion.device().address().toString(),
                asn(occasion.device()),
                request.method().name(),
                Domains.hostName(request.host()),
                request.headers().first("Accept-Language").flatMap(Events::language),
                Optional.of(occasion.device().userAgent()).filter(it -> !it.isEmpty()),
                query,
                body,
                geoip(occasion.device()));
    }

    /// What of a request's parameters may be told.
    static Map<String, String> told(Parameters parameters) {
        var told = new TreeMap<String, String>();
        for (var name : parameters.names())
            if (!SECRET.contains(name))
                parameters.one(name).ifPresent(value -> told.put(name, value));
        return told;
    }

    /// The first preference, without its weight.
    private static Optional<String> language(String header) {
        return Stream.of(header.split("[,;]", 2)[0].strip())
                .filter(it -> !it.isEmpty() && !it.equals("*"))
                .findFirst();
    }

    private static Optional<String> asn(Device device) {
        return device.asn().isPresent()
                ? Optional.of(Long.toString(device.asn().getAsLong()))
                : Optional.empty();
    }

    private SequencedMap<String, Object> geoip(Device device) {
        return Geoip.of(networks.geo(device.address()));
    }

    private static Event.Session session(SessionTable.Shown shown, Scene scene) {
        var session = shown.session();
        return new Event.Session(
                session.id().value(),
                session.user().value(),
                session.createdAt(),
                shown.updatedAt(),
                session.authentication().at(),
                session.expiresAt(),
                session.idleExpiresAt(),
                shown.lastInteractedAt(),
                device(shown.initial(), shown.last()),
                shown.clients().stream()
                        .map(client -> new Event.ClientReference(client.value()))
                        .toList(),
                new Event.Cookie(mode(session)),
                shown.metadata(),
                scene.refreshToken().isPresent()
                        ? session.parent()
                                .flatMap(id -> scene.parent().filter(it -> it.id().equals(id)))
                                .map(Events::sessionTransfer)
                        : scene.parent().map(Events::sessionTransfer));
    }

    private static String mode(Session session) {
        return session.persistent() ? "persistent" : "non-persistent";
    }

    private static Event.SessionTransfer sessionTransfer(Scene.Parent parent) {
        return new Event.SessionTransfer(
                new Event.ParentRefreshToken(parent.id().value(), Optional.of(parent.metadata())));
    }

    private static Event.Device device(Device initial, Device last) {
        return new Event.Device(
                initial.address().toString(),
                asn(initial),
                initial.userAgent(),
                last.address().toString(),
                asn(last),
                last.userAgent());
    }

    private Event.SessionTransferToken transfer(Transfer transfer) {
        var device = transfer.device();
        return new Event.SessionTransferToken(
                transfer.issuer().value(),
                words(transfer.scope()),
                new Event.Issuance(
                        device.address().toString(),
                        asn(device),
                        Optional.of(device.userAgent()).filter(it -> !it.isEmpty()),
                        geoip(device)));
    }

    private Event.RefreshToken refreshToken(FamilyTable.Shown shown, Scene scene) {
        var family = shown.family();
        return new Event.RefreshToken(
                family.id().value(),
                family.client().value(),
                family.user().value(),
                family.session().map(id -> id.value()),
                family.createdAt(),
                family.expiresAt(),
                family.idleExpiresAt(),
                shown.lastExchangedAt(),
                family.rotating(),
                device(shown.initial(), shown.last()),
                List.of(
                        new Event.ResourceServerScopes(
                                family.audience().orElseGet(domains::userinfoAudience),
                                family.scope())),
                shown.metadata(),
                scene.parent()
                        .map(
                                parent ->
                                        new Event.SessionTransfer(
                                                new Event.ParentRefreshToken(
                                                        parent.id().value(), Optional.empty()))));
    }

    private static Event.Authentication authentication(Scene scene) {
        return new Event.Authentication(
                scene.authentication().methods().stream()
                        .map(method -> new Event.Method(method.name(), method.at()))
                        .toList());
    }

    private static Event.Organization organization(Stored stored) {
        var document = JSON.readTree(stored.document());
        var name = document.path("name").asString("");
        return new Event.Organization(
                stored.id(),
                name,
                document.path("display_name").asString(name),
                fields(document.path("metadata")));
    }

    private Optional<Event.CustomDomain> customDomain(Occasion occasion) {
        return domains.isCustom(occasion.request().host())
                ? Optional.of(
                        new Event.CustomDomain(
                                Domains.hostName(occasion.request().host()), Map.of()))
                : Optional.empty();
    }

    private static Event.Transaction transaction(Occasion occasion) {
        var asked = occasion.parameters();
        return new Event.Transaction(
                Optional.empty(),
                occasion.protocol(),
                words(occasion.scope()),
                asked.one("redirect_uri"),
                asked.one("response_type").map(Events::words).orElse(List.of()),
                asked.one("response_mode"),
                asked.one("state"),
                asked.one("prompt").map(Events::words).orElse(List.of()),
                asked.one("ui_locales").map(Events::words).flatMap(it -> it.stream().findFirst()),
                asked.one("ui_locales").map(Events::words).orElse(List.of()),
                asked.one("acr_values").map(Events::words).orElse(List.of()),
                asked.one("login_hint"),
                Optional.of(occasion.request().id()),
                occasion.tokenExchange(),
                new TreeMap<>());
    }

    private static List<String> words(String text) {
        return Stream.of(text.split(" ", -1))
                .filter(it -> !it.isEmpty())
                .collect(Collectors.toUnmodifiableList());
    }

    private static String name(String document) {
        return JSON.readTree(document).path("name").asString("");
    }

    /// The members of an object; of anything else none.
    private static Map<String, @Nullable Object> fields(JsonNode json) {
        var fields = new LinkedHashMap<String, @Nullable Object>();
        json.properties().forEach(entry -> fields.put(entry.getKey(), plain(entry.getValue())));
        return fields;
    }

    private static @Nullable Object plain(JsonNode json) {
        return JSON.convertValue(json, Object.class);
    }
}
