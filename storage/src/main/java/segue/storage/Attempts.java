package segue.storage;

import segue.domain.identifier.ClientId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.secret.Secret;
import segue.storage.jdbc.AttemptTable.Counted;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;

import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;

/// The gate before everything that checks what somebody might guess (THREATS T-35). It counts in
/// the database, in one statement that decides the race, so that neither parallel guesses nor
/// several nodes pass a limit; by network, because a customer's IPv6 devices choose among 2^64
/// addresses.
public final class Attempts {
    private static final Duration WINDOW = Duration.ofMinutes(15);

    /// No user is called so: their ids begin with the provider's name.
    private static final String ALL_ACCOUNTS = "all accounts";

    private final Database database;

    public Attempts(Database database) {
        this.database = database;
    }

    /// How often it may be tried from one network in fifteen minutes.
    ///
    /// @param perAccount guesses at one account
    /// @param perNetwork guesses at all accounts together, of those that were let through
    public record Limits(int perAccount, int perNetwork) {}

    /// Counts a guess at an account, before it is verified (THREATS R35.1). What the limit of the
    /// account stops isn't counted for its network: one person who keeps trying doesn't lock out
    /// the neighbours.
    ///
    /// @param event who tried where; it is logged when a limit is met, once in a while
    /// @return past a limit; then nothing is to be verified
    static Optional<Backoff> guess(
            Tx tx, String account, Origin origin, Limits limits, LogEvent event) {
        var network = network(origin);
        var ofAccount = tx.attempts().count(account, network, WINDOW);
        if (ofAccount.attempts() > limits.perAccount()) {
            if (ofAccount.attempts() == limits.perAccount() + 1)
                tx.log()
                        .append(
                                event.as("limit_wc")
                                        .described("Too many attempts to sign in to an account."));
            return Optional.of(backoff(tx, ofAccount, limits.perAccount(), WINDOW));
        }
        // Always after the account, so that two guesses can't wait for each other.
        var ofNetwork = tx.attempts().count(ALL_ACCOUNTS, network, WINDOW);
        if (ofNetwork.attempts() == limits.perNetwork() + 1)
            tx.log()
                    .append(
                            event.as("limit_mu")
                                    .described("Too many attempts to sign in from a network."));
        return Optional.of(backoff(tx, ofNetwork, limits.perNetwork(), WINDOW))
                .filter(_ -> ofNetwork.attempts() > limits.perNetwork());
    }

    /// The guess was right: the account's failures are forgotten, and the network gets this one
    /// back. Not more, or somebody could guess at others between two sign-ins of their own.
    static void succeeded(Tx tx, String account, Origin origin) {
        tx.attempts().clear(account, network(origin));
        tx.attempts().giveBack(ALL_ACCOUNTS, network(origin));
    }

    /// The guess was right, and we failed at what it was for: the account and the network get this
    /// one back.
    static void failedAt(Tx tx, String account, Origin origin) {
        tx.attempts().giveBack(account, network(origin));
        tx.attempts().giveBack(ALL_ACCOUNTS, network(origin));
    }

    /// When somebody may try again from whose network too many wrong secrets of a client came. The
    /// same client is let through from everywhere else.
    public Optional<Backoff> ofSecrets(ClientId client, Origin origin, int limit) {
        return database.read(
                tx ->
                        tx.attempts()
                                .counted(account(client), network(origin), WINDOW)
                                .filter(it -> it.attempts() >= limit)
                                .map(it -> backoff(tx, it, limit, WINDOW)));
    }

    /// Counts a wrong secret of a client, whether or not there is such a client.
    ///
    /// @return past the limit
    public Optional<Backoff> wrongSecret(ClientId client, Origin origin, int limit) {
        return ofNetwork(account(client), origin, limit, WINDOW);
    }

    /// Counts something that a network may do so often in a while.
    ///
    /// @param what it is
    /// @return past the limit
    public Optional<Backoff> ofNetwork(String what, Origin origin, int limit, Duration window) {
        return database.inTransaction(
                tx -> {
                    var counted = tx.attempts().count(what, network(origin), window);
                    return Optional.of(backoff(tx, counted, limit, window))
                            .filter(_ -> counted.attempts() > limit);
                });
    }

    private static Backoff backoff(Tx tx, Counted counted, int limit, Duration window) {
        return new Backoff(limit, tx.now(), counted.since().plus(window));
    }

    static String network(Origin origin) {
        return origin.device().address().network();
    }

    /// By its hash, because what is no client's id may be of any length.
    private static String account(ClientId client) {
        return "client:" + HexFormat.of().formatHex(new Secret(client.value()).hash().bytes());
    }
}
