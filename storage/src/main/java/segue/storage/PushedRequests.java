package segue.storage;

import segue.domain.authorize.PushedRequest;
import segue.domain.identifier.ClientId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.secret.SecretHash;
import segue.storage.jdbc.Database;

import java.time.Duration;
import java.util.Optional;

/// Authorization requests that wait for the browser they were made for (RFC 9126).
public final class PushedRequests {
    /// Contract authentication-api §7.
    public static final Duration LIFETIME = Duration.ofSeconds(30);

    private final Database database;

    public PushedRequests(Database database) {
        this.database = database;
    }

    /// Keeps a request for [#LIFETIME].
    ///
    /// @param reference the hash of what its `request_uri` ends with
    public void push(SecretHash reference, ClientId client, PushedRequest request) {
        database.inTransaction(
                tx -> {
                    tx.pushedRequests().insert(reference, client, request, tx.now().plus(LIFETIME));
                    return true;
                });
    }

    /// Takes a request away, for exactly one caller on any node. It is a transaction of its own
    /// before whatever the request leads to, so that none of it can happen twice.
    ///
    /// @return empty if there is none, it was used, it expired, or it is another client's, whose it
    ///   stays (THREATS R20.2)
    public Optional<PushedRequest> take(SecretHash reference, ClientId client) {
        return database.inTransaction(tx -> tx.pushedRequests().take(reference, client));
    }

    /// Records that a client's request was refused.
    public void refused(Caller client, String description, Origin origin) {
        database.inTransaction(
                tx -> {
                    tx.log()
                            .append(
                                    LogEvent.of("fpar", origin)
                                            .described(description)
                                            .about(client.id(), client.name()));
                    return true;
                });
    }
}
