package segue.server.registry;

import segue.domain.identifier.ActionId;
import segue.domain.secret.Secret;
import segue.server.keys.MasterKey;

import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// The secrets of an Action, which only its code ever sees again (THREATS R47.6): sealed together,
/// for that action, so that a row that was copied to another action opens nothing there.
public final class ActionSecrets {
    private static final JsonMapper JSON = new JsonMapper();

    private final MasterKey master;

    public ActionSecrets(MasterKey master) {
        this.master = master;
    }

    /// What the secrets of an action and of its versions are sealed for.
    private static String purpose(ActionId action) {
        return "action-secrets:" + action;
    }

    /// Seals.
    public byte[] seal(ActionId action, Map<String, Secret> secrets) {
        var json = JSON.createObjectNode();
        secrets.forEach((name, secret) -> json.put(name, secret.reveal()));
        return master.seal(json.toString().getBytes(StandardCharsets.UTF_8), purpose(action));
    }

    /// Opens; in the order in which they were sealed.
    ///
    /// @throws IllegalStateException if they were sealed under another master key or for another
    ///   action
    public SequencedMap<String, Secret> open(ActionId action, byte[] sealed) {
        var plain =
                master.open(sealed, purpose(action))
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "the master key does not open the secrets of action"
                                                        + " "
                                                        + action));
        var secrets = new LinkedHashMap<String, Secret>();
        JSON.readTree(plain)
                .properties()
                .forEach(it -> secrets.put(it.getKey(), new Secret(it.getValue().asString())));
        return secrets;
    }
}
