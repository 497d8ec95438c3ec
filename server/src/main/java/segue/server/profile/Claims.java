package segue.server.profile;

import segue.domain.identifier.UserId;
import segue.storage.jdbc.UserTable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The claims about a user that scopes and the `claims` parameter allow (contract
/// authentication-api §5.2, §8.3; OpenID Connect Core §5.4, §5.5).
public final class Claims {
    private static final JsonMapper JSON = new JsonMapper();

    private static final Map<String, List<String>> BY_SCOPE =
            Map.ofEntries(
                    Map.entry(
                            "profile",
                            List.of(
                                    "name",
                                    "given_name",
                                    "family_name",
                                    "nickname",
                                    "picture",
                                    "updated_at")),
                    Map.entry("email", List.of("email", "email_verified")),
                    Map.entry("phone", List.of("phone_number", "phone_number_verified")),
                    Map.entry("address", List.of("address")),
                    Map.entry("name", List.of("name")),
                    Map.entry("given_name", List.of("given_name")),
                    Map.entry("family_name", List.of("family_name")),
                    Map.entry("nickname", List.of("nickname")),
                    Map.entry("picture", List.of("picture")),
                    Map.entry("email_verified", List.of("email_verified")),
                    Map.entry("created_at", List.of("created_at")));

    /// Scopes that a user may grant without any API.
    public static final Set<String> SCOPES =
            Stream.concat(BY_SCOPE.keySet().stream(), Stream.of("openid", "offline_access"))
                    .collect(Collectors.toUnmodifiableSet());

    /// ISO 8601 with milliseconds, in UTC (contract authentication-api §12 A3).
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private Claims() {}

    /// Which part of the `claims` parameter counts.
    public enum Target {
        ID_TOKEN("id_token"),
        USERINFO("userinfo");

        private final String member;

        Target(String member) {
            this.member = member;
        }
    }

    /// Whether a `claims` parameter is a JSON object whose members for our two targets are objects.
    /// Others are nothing to us (OpenID Connect Core §5.5).
    public static boolean isWellFormed(String claims) {
        return parsed(claims)
                .filter(
                        json ->
                                Stream.of(Target.values())
                                        .map(target -> json.path(target.member))
                                        .allMatch(
                                                part ->
                                                        part.isObject()
                                                                || part.isNull()
                                                                || part.isMissingNode()))
                .isPresent();
    }

    /// Whether the `claims` parameter insists on how the user authenticates: an essential `acr` of
    /// certain values (OpenID Connect Core §5.5.1.1). We tell none, so that it can't be met.
    public static boolean insistsOnContext(String claims) {
        return parsed(claims)
                .map(json -> json.path(Target.ID_TOKEN.member).path("acr"))
                .filter(acr -> acr.path("essential").asBoolean(false))
                .filter(acr -> acr.has("value") || acr.has("values"))
                .isPresent();
    }

    /// Whether the `claims` parameter asks for a claim in a place.
    public static boolean asksFor(Optional<String> claims, Target target, String name) {
        return requested(claims, target).contains(name);
    }

    /// The scopes that single claims of the `claims` parameter belong to: what they amount to in
    /// the eyes of a user.
    public static Set<String> scopesOf(Optional<String> claims) {
        var asked = new LinkedHashSet<String>();
        for (var target : Target.values()) asked.addAll(requested(claims, target));
        return Stream.of("profile", "email", "phone", "address", "created_at")
                .filter(
                        scope ->
                                !Collections.disjoint(
                                        BY_SCOPE.getOrDefault(scope, List.of()), asked))
                .collect(Collectors.toUnmodifiableSet());
    }

    /// The user for whom the ID token is to be, and for nobody else (OpenID Connect Core §5.5.1).
    public static Optional<UserId> requestedUser(Optional<String> claims) {
        return claims.flatMap(Claims::parsed)
                .map(json -> json.path(Target.ID_TOKEN.member).path("sub").path("value"))
                .filter(JsonNode::isString)
                .map(JsonNode::asString)
                .filter(sub -> !sub.isEmpty())
                .map(UserId::new);
    }

    /// The claims of a user. What the profile doesn't know is left out.
    ///
    /// @param scope granted, space separated
    /// @param claims the `claims` parameter
    public static Map<String, Object> of(
            UserTable.Profile profile, String scope, Optional<String> claims, Target target) {
        var user = parsed(profile.document()).orElseThrow();
        var names = new LinkedHashSet<String>();
        for (var granted : scope.split(" ", -1))
            names.addAll(BY_SCOPE.getOrDefault(granted, List.of()));
        names.addAll(requested(claims, target));
        var values = new LinkedHashMap<String, Object>();
        for (var name : names)
            value(name, profile, user).ifPresent(value -> values.put(name, value));
        return values;
    }

    /// The same in somebody's terms: `updated_at` is a number in OpenID Connect Core §5.1, and a
    /// text at Auth0.
    ///
    /// @param strict whether those of the standard
    public static Map<String, Object> inTerms(
            boolean strict, Map<String, Object> claims, UserTable.Profile profile) {
        if (strict)
            claims.computeIfPresent("updated_at", (_, _) -> profile.updatedAt().getEpochSecond());
        return claims;
    }

    /// What Actions put into a token (contract authentication-api §8.4).
    ///
    /// @param claims name to JSON
    public static Map<String, Object> custom(SortedMap<String, String> claims) {
        var values = new LinkedHashMap<String, Object>();
        claims.forEach((name, json) -> values.put(name, JSON.readValue(json, Object.class)));
        return values;
    }

    /// What Actions put into an ID token, and so tell at `/userinfo`: a standard claim only if its
    /// scope was granted.
    ///
    /// @param claims name to JSON
    /// @param scope granted, space separated
    public static Map<String, Object> custom(SortedMap<String, String> claims, String scope) {
        var values = custom(claims);
        var granted = new LinkedHashSet<String>();
        for (var each : scope.split(" ", -1))
            granted.addAll(BY_SCOPE.getOrDefault(each, List.of()));
        values.keySet().removeIf(name -> isStandard(name) && !granted.contains(name));
        return values;
    }

    private static boolean isStandard(String name) {
        return BY_SCOPE.values().stream().anyMatch(names -> names.contains(name));
    }

    private static Set<String> requested(Optional<String> claims, Target target) {
        var known = new LinkedHashSet<String>();
        BY_SCOPE.values().forEach(known::addAll);
        known.add("auth_time");
        var asked = new LinkedHashSet<String>();
        claims.flatMap(Claims::parsed)
                .map(json -> json.path(target.member))
                .ifPresent(part -> part.propertyNames().forEach(asked::add));
        asked.retainAll(known);
        return asked;
    }

    private static Optional<Object> value(String name, UserTable.Profile profile, JsonNode user) {
        return switch (name) {
            case "updated_at" -> Optional.of(TIME.format(profile.updatedAt()));
            case "created_at" -> Optional.of(TIME.format(profile.createdAt()));
            // The Management API calls it otherwise than OpenID Connect.
            case "phone_number_verified" -> plain(user.path("phone_verified"));
            default -> plain(user.path(name));
        };
    }

    private static Optional<Object> plain(JsonNode node) {
        if (node.isString()) return Optional.of(node.asString());
        if (node.isBoolean()) return Optional.of(node.asBoolean());
        if (node.isObject()) return Optional.of(JSON.convertValue(node, Map.class));
        return Optional.empty();
    }

    private static Optional<JsonNode> parsed(String json) {
        try {
            return Optional.of(JSON.readTree(json)).filter(JsonNode::isObject);
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}
