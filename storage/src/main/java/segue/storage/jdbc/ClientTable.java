package segue.storage.jdbc;

import segue.domain.identifier.ClientId;

import java.util.Optional;

/// What rules inside a transaction read of a client: its flags as they are now, from the primary,
/// never from a cache (THREATS R8.1).
public final class ClientTable {
    private final Tx tx;

    ClientTable(Tx tx) {
        this.tx = tx;
    }

    /// The flags of `session_transfer` that count at this moment.
    ///
    /// @param mayCreate `can_create_session_transfer_token`
    /// @param cascades `enforce_cascade_revocation`
    /// @param online `enforce_online_refresh_tokens`
    public record Flags(boolean mayCreate, boolean cascades, boolean online) {}

    /// Empty if the client is gone.
    public Optional<Flags> flags(ClientId client) {
        return tx.one(
                "SELECT can_create, cascades, online FROM client WHERE client_id = ?",
                row -> new Flags(row.getBoolean(1), row.getBoolean(2), row.getBoolean(3)),
                client.value());
    }
}
