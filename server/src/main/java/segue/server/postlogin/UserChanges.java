package segue.server.postlogin;

import segue.domain.action.Effect;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Optional;

/// What Actions want stored about a user: the first level of the metadata merges, and an empty
/// `app_metadata` disappears, as in the Management API.
final class UserChanges {
    private static final JsonMapper JSON = new JsonMapper();

    private UserChanges() {}

    /// The user's document with the changes.
    static String apply(String document, List<Effect> effects) {
        var user = (ObjectNode) JSON.readTree(document);
        for (var effect : effects) {
            switch (effect) {
                case Effect.SetAppMetadata(var key, var value) ->
                        put(user, "app_metadata", key, value);
                case Effect.SetUserMetadata(var key, var value) ->
                        put(user, "user_metadata", key, value);
                default -> {}
            }
        }
        return user.toString();
    }

    private static void put(ObjectNode user, String kind, String key, Optional<String> value) {
        var metadata =
                user.path(kind) instanceof ObjectNode present ? present : user.putObject(kind);
        value.ifPresentOrElse(
                json -> metadata.set(key, JSON.readTree(json)), () -> metadata.remove(key));
        if (metadata.isEmpty() && kind.equals("app_metadata")) user.remove(kind);
    }
}
