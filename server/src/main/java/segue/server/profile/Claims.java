package segue.server.profile;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The claims about a user that scopes and the `claims` parameter allow (contract
/// authentication-api §5.2, §8.3; OpenID Connect Core §5.4, §5.5).
public final class Claims {
    private static final JsonMapper JSON = new JsonMapper();

    private static final Map<String, List<String>> BY_SCOPE =
            Map.of(
                    "profile",
                    List.of(
                            "name",
                            "given_name",
                            "family_name",
                            "nickname",
                            "picture",
                            "updated_at"),
                    "email",
                    List.of("email", "email_verified"),
                    "phone",
                    List.of("phone_number", "phone_number_verified"),
                    "address",
                    List.of("address"),
                    "name",
                    List.of("name"),
                    "given_name",
                    List.of("given_name"),
                    "family_name",
                    List.of("family_name"),
                    "nickname",
                    List.of("nickname"),
                    "picture",
                    List.of("picture"));

    /// Scopes that a user may grant without any API.
    public static final Set<String> SCOPES =
            Set.of(
                    "openid",
                    "profile",
                    "email",
                    "phone",
                    "address",
                    "name",
                    "given_name",
                    "family_name",
                    "nickname",
                    "picture",
                    "email_verified",
                    "created_at",
                    "identities",
                    "offline_access");

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

    /// Whether a `claims` parameter is a JSON object whose members are objects.
    public static boolean isWellFormed(String claims) {
        return parsed(claims)
                .filter(
                        json ->
                                json.properties().stream()
                                        .allMatch(
                                                entry ->
                                                        entry.getValue().isObject()
                                                                || entry.getValue().isNull()))
                .isPresent();
    }

    /// Whether the `claims` parameter asks for a claim in a place.
    public static boolean asksFor(Optional<String> claims, Target target, String name) {
        return requested(claims, target).contains(name);
    }

    /// The claims of a user.
    ///
    /// @param profile the user's document as the Management API shows it, a JSON object
    /// @param scope granted, space separated
    /// @param claims the `claims` parameter
    public static Map<String, Object> of(
            String profile, String scope, Optional<String> claims, Target target) {
        var user = parsed(profile).orElseThrow();
        var names = new LinkedHashSet<String>();
        for (var granted : scope.split(" ", -1))
            names.addAll(BY_SCOPE.getOrDefault(granted, List.of()));
        names.addAll(requested(claims, target));
        var values = new LinkedHashMap<String, Object>();
        for (var name : names) value(user, name).ifPresent(value -> values.put(name, value));
        return values;
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

    private static Optional<Object> value(JsonNode user, String name) {
        // The Management API calls it otherwise than OpenID Connect.
        var node = user.path(name.equals("phone_number_verified") ? "phone_verified" : name);
        if (node.isString()) return Optional.of(node.asString());
        if (node.isBoolean()) return Optional.of(node.asBoolean());
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
