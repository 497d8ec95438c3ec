package segue.server.action;

import org.jspecify.annotations.Nullable;

import segue.domain.action.Event;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;

/// Sign-ins to tell Actions of.
final class Events {
    static final Instant MOMENT = Instant.parse("2026-01-02T03:04:05.678Z");
    private static final Event.Device DEVICE =
            new Event.Device(
                    "1.2.3.4",
                    Optional.of("64500"),
                    "Phone/1",
                    "5.6.7.8",
                    Optional.empty(),
                    "Phone/2");

    private Events() {}

    /// Ada redeems a transfer token: everything that an event can hold is there.
    static Event full() {
        return event(
                Optional.of(session()),
                Optional.of(
                        new Event.SessionTransferToken(
                                "phone",
                                List.of("openid", "offline_access"),
                                new Event.Issuance(
                                        "1.2.3.4",
                                        Optional.of("64500"),
                                        Optional.of("Phone/1"),
                                        geoip("DE")))),
                Optional.of(refreshToken()));
    }

    /// Ada signs in with her password, to a browser that nobody knows.
    static Event plain() {
        return event(Optional.of(session()), Optional.empty(), Optional.empty());
    }

    /// As [#plain()], with words in the query of `/authorize`.
    static Event asking(Map<String, String> query) {
        return of(plain(), query);
    }

    private static SequencedMap<String, Object> geoip(String country) {
        var geoip = new LinkedHashMap<String, Object>();
        geoip.put("countryCode", country);
        geoip.put("latitude", 48.1);
        return geoip;
    }

    private static Event.Session session() {
        return new Event.Session(
                "s1",
                "auth0|ada",
                MOMENT,
                MOMENT,
                MOMENT,
                MOMENT.plusSeconds(60),
                MOMENT.plusSeconds(30),
                MOMENT,
                DEVICE,
                List.of(new Event.ClientReference("shop")),
                new Event.Cookie("persistent"),
                new TreeMap<>(Map.of("theme", "dark")),
                Optional.of(parent(Optional.of(new TreeMap<>(Map.of("device_trust", "high"))))));
    }

    private static Event.SessionTransfer parent(Optional<SortedMap<String, String>> metadata) {
        return new Event.SessionTransfer(new Event.ParentRefreshToken("rt0", metadata));
    }

    private static Event.RefreshToken refreshToken() {
        return new Event.RefreshToken(
                "rt1",
                "phone",
                "auth0|ada",
                Optional.of("s1"),
                MOMENT,
                Optional.of(MOMENT.plusSeconds(90)),
                Optional.of(MOMENT.plusSeconds(80)),
                Optional.of(MOMENT.plusSeconds(1)),
                true,
                DEVICE,
                List.of(new Event.ResourceServerScopes("https://api.example", "read write")),
                new TreeMap<>(Map.of("device_trust", "low")),
                Optional.of(parent(Optional.empty())));
    }

    private static Event event(
            Optional<Event.Session> session,
            Optional<Event.SessionTransferToken> transfer,
            Optional<Event.RefreshToken> refreshToken) {
        var profile = new LinkedHashMap<String, @Nullable Object>();
        profile.put("email", "ada@example.com");
        profile.put("name", "Ada");
        return new Event(
                new Event.User(
                        "auth0|ada",
                        profile,
                        true,
                        MOMENT,
                        MOMENT,
                        Optional.of(MOMENT),
                        Map.of("plan", "gold"),
                        Map.of("hobbies", List.of("engines")),
                        List.of(new Event.Identity("Users", "auth0", "ada", false))),
                new Event.Client("shop", "Shop", Map.of("tier", "1")),
                new Event.Connection("con_1", "Users", "auth0", Map.of()),
                new Event.Request(
                        "9.9.9.9",
                        Optional.of("64501"),
                        "GET",
                        "id.example.com",
                        Optional.of("de"),
                        Optional.of("Browser/1"),
                        Map.of("state", "xyz"),
                        Map.of("grant_type", "none"),
                        geoip("DE")),
                session,
                transfer,
                refreshToken,
                new Event.Authentication(List.of(new Event.Method("pwd", MOMENT))),
                Optional.of(new Event.Authorization(List.of("admin"))),
                Optional.of(new Event.Organization("org_1", "acme", "Acme", Map.of("k", "v"))),
                Optional.of(new Event.ResourceServer("https://api.example")),
                new Event.Stats(7),
                new Event.Tenant("segue"),
                Optional.of(new Event.CustomDomain("id.example.com", Map.of("brand", "x"))),
                new Event.Transaction(
                        Optional.of("t1"),
                        "oidc-basic-profile",
                        List.of("openid"),
                        Optional.of("https://shop.example/cb"),
                        List.of("code"),
                        Optional.of("query"),
                        Optional.of("xyz"),
                        List.of("login"),
                        Optional.of("de"),
                        List.of("de", "en"),
                        List.of("urn:acr"),
                        Optional.of("ada@example.com"),
                        Optional.of("c1"),
                        Optional.of(
                                new Event.TokenExchange(
                                        "urn:example:legacy",
                                        Optional.of("urn:example:agent"),
                                        Optional.of(Map.of("sub", "agent")))),
                        new TreeMap<>(Map.of("n", 1))));
    }

    /// The same without anything that may be missing.
    static Event bare() {
        var it = plain();
        return new Event(
                new Event.User(
                        it.user().userId(),
                        new LinkedHashMap<>(),
                        false,
                        MOMENT,
                        MOMENT,
                        Optional.empty(),
                        Map.of(),
                        Map.of(),
                        List.of()),
                it.client(),
                it.connection(),
                new Event.Request(
                        "9.9.9.9",
                        Optional.empty(),
                        "POST",
                        "id.example.com",
                        Optional.empty(),
                        Optional.empty(),
                        Map.of(),
                        Map.of(),
                        new LinkedHashMap<>()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new Event.Authentication(List.of()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                it.stats(),
                it.tenant(),
                Optional.empty(),
                new Event.Transaction(
                        Optional.empty(),
                        "oauth2-password",
                        List.of(),
                        Optional.empty(),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        new TreeMap<>()));
    }

    private static Event of(Event it, Map<String, String> query) {
        var request = it.request();
        return new Event(
                it.user(),
                it.client(),
                it.connection(),
                new Event.Request(
                        request.ip(),
                        request.asn(),
                        request.method(),
                        request.hostname(),
                        request.language(),
                        request.userAgent(),
                        query,
                        request.body(),
                        request.geoip()),
                it.session(),
                it.sessionTransferToken(),
                it.refreshToken(),
                it.authentication(),
                it.authorization(),
                it.organization(),
                it.resourceServer(),
                it.stats(),
                it.tenant(),
                it.customDomain(),
                it.transaction());
    }
}
