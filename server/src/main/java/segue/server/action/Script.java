package segue.server.action;

import segue.domain.secret.Secret;

import java.util.Map;

/// A deployed version of an Action.
///
/// @param versionId changes whenever the code does
/// @param secrets what `event.secrets` holds
public record Script(
        String actionId, String name, String versionId, String code, Map<String, Secret> secrets) {
    public Script {
        secrets = Map.copyOf(secrets);
    }
}
