package segue.storage.jdbc;

import segue.domain.identifier.ClientId;
import segue.domain.logout.Initiator;

import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What rules inside a transaction read of a client: its flags as they are now, from the primary,
/// never from a cache (THREATS R8.1).
public final class ClientTable {
    private final Tx tx;

    ClientTable(Tx tx) {
        this.tx = tx;
    }

    /// The settings that count at this moment, wherever they are asked for in SQL.
    ///
    /// @param mayCreate `can_create_session_transfer_token`
    /// @param cascades `enforce_cascade_revocation`
    /// @param online `enforce_online_refresh_tokens`
    /// @param hears of which ends of its sessions it wants a logout token; empty without a
    ///   `backchannel_logout_urls`
    public record Flags(boolean mayCreate, boolean cascades, boolean online, Set<Initiator> hears) {
        public Flags {
            hears = Set.copyOf(hears);
        }
    }

    /// Each name between spaces, so that SQL finds a whole name.
    static String initiators(Set<Initiator> hears) {
        return hears.stream()
                .sorted()
                .map(initiator -> " " + initiator.wire() + " ")
                .collect(Collectors.joining());
    }

    /// Empty if the client is gone.
    public Optional<Flags> flags(ClientId client) {
        return askFlags(client).get();
    }

    /// The same, together with what is asked next.
    public Supplier<Optional<Flags>> askFlags(ClientId client) {
        return tx.ask(
                        "SELECT can_create, cascades, online, logout_initiators FROM client WHERE"
                                + " client_id = ?",
                        row ->
                                new Flags(
                                        row.getBoolean(1),
                                        row.getBoolean(2),
                                        row.getBoolean(3),
                                        Stream.of(row.getString(4).split(" ", -1))
                                                .flatMap(name -> Initiator.parse(name).stream())
                                                .collect(Collectors.toSet())),
                        client.value())
                ::get;
    }
}
