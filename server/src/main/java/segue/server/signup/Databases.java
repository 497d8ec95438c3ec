package segue.server.signup;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.server.password.PasswordPolicy;
import segue.storage.Configuration;
import segue.storage.jdbc.ConfigurationTable.Kind;
import segue.storage.jdbc.ConfigurationTable.Stored;

import tools.jackson.databind.json.JsonMapper;

import java.util.Optional;

/// The connections whose users have passwords here, with the switches of their `options`.
final class Databases {
    private static final JsonMapper JSON = new JsonMapper();

    private final Configuration configuration;

    Databases(Configuration configuration) {
        this.configuration = configuration;
    }

    /// @param name unique
    /// @param takesSignUps unless `disable_signup`
    /// @param changesPasswords unless `disable_self_service_change_password`
    /// @param asksForUserName `requires_username`
    record Database(
            ConnectionId id,
            String name,
            boolean takesSignUps,
            boolean changesPasswords,
            boolean asksForUserName,
            PasswordPolicy policy) {}

    /// A connection by its name, if it is enabled for the client.
    Optional<Database> find(String name, ClientId client) {
        return enabled(configuration.findByKey(Kind.CONNECTION, name), client);
    }

    /// The same by its id.
    Optional<Database> find(ConnectionId id, ClientId client) {
        return enabled(configuration.find(Kind.CONNECTION, id.value()), client);
    }

    private Optional<Database> enabled(Optional<Stored> connection, ClientId client) {
        return connection
                .map(it -> database(it.id(), it.document()))
                .filter(it -> configuration.enabledClients(it.id()).contains(client));
    }

    private static Database database(String id, String document) {
        var connection = JSON.readTree(document);
        var options = connection.path("options");
        return new Database(
                new ConnectionId(id),
                connection.path("name").asString(),
                !options.path("disable_signup").asBoolean(false),
                !options.path("disable_self_service_change_password").asBoolean(false),
                options.path("requires_username").asBoolean(false),
                PasswordPolicy.of(options));
    }
}
