package segue.server.signup;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.server.password.PasswordPolicy;
import segue.storage.Configuration;
import segue.storage.jdbc.ConfigurationTable.Kind;

import tools.jackson.databind.json.JsonMapper;

import java.util.Optional;

/// The connections whose users have passwords here, with the switches of their `options`.
final class Databases {
    private static final JsonMapper JSON = new JsonMapper();

    private final Configuration configuration;

    Databases(Configuration configuration) {
        this.configuration = configuration;
    }

    /// @param takesSignUps unless `disable_signup`
    /// @param changesPasswords unless `disable_self_service_change_password`
    /// @param asksForUserName `requires_username`
    record Database(
            ConnectionId id,
            boolean takesSignUps,
            boolean changesPasswords,
            boolean asksForUserName,
            PasswordPolicy policy) {}

    /// A connection by its name, if it is enabled for the client.
    Optional<Database> find(String name, ClientId client) {
        return configuration
                .findByKey(Kind.CONNECTION, name)
                .map(it -> database(it.id(), it.document()))
                .filter(it -> configuration.enabledClients(it.id()).contains(client));
    }

    private static Database database(String id, String document) {
        var options = JSON.readTree(document).path("options");
        return new Database(
                new ConnectionId(id),
                !options.path("disable_signup").asBoolean(false),
                !options.path("disable_self_service_change_password").asBoolean(false),
                options.path("requires_username").asBoolean(false),
                PasswordPolicy.of(options));
    }
}
