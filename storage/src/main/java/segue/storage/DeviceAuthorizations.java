package segue.storage;

import segue.domain.authorize.Interaction;
import segue.domain.authorize.Interaction.Stage;
import segue.domain.device.DeviceAuthorization;
import segue.domain.device.DeviceAuthorization.State;
import segue.domain.device.Poll;
import segue.domain.device.Poll.Verdict;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.secret.SecretHash;
import segue.domain.session.Session;
import segue.domain.token.AuthorizationCode;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.Tx;

import java.time.Duration;
import java.util.Optional;

/// The device authorization grant (RFC 8628) but for its middle: between the user's yes and the
/// approval stands an ordinary authorization request ([Authorizations#activate]).
public final class DeviceAuthorizations {
    private static final Duration WINDOW = Duration.ofMinutes(15);

    /// Contract authentication-api §4.9.
    private static final String CANCELLED = "User cancelled the confirmation prompt.";

    /// As the device and the tenant log hear it.
    public static final String EXPIRED = "The device code has expired.";

    /// The same for a code that is no good for any other reason.
    public static final String UNKNOWN = "Invalid or expired device code.";

    private final Database database;

    public DeviceAuthorizations(Database database) {
        this.database = database;
    }

    /// Stores what a device asks for.
    ///
    /// @param userCode the HMAC of the user code
    /// @param request the parameters, form-encoded
    /// @return false if the user code is another's: another one must be tried
    public boolean issue(
            SecretHash deviceCode, SecretHash userCode, Caller caller, String request) {
        return database.inTransaction(
                tx ->
                        tx.devices()
                                .insert(
                                        deviceCode,
                                        userCode,
                                        new DeviceAuthorization(
                                                caller.id(),
                                                request,
                                                tx.now().plus(DeviceAuthorization.LIFETIME),
                                                DeviceAuthorization.INTERVAL,
                                                Optional.empty(),
                                                new State.Pending())));
    }

    /// Records in the tenant log that a client may not ask for that.
    public void refused(Caller caller, String text, Origin origin) {
        database.inTransaction(
                tx -> {
                    tx.log().append(event("fdeaz", caller, origin).described(text));
                    return true;
                });
    }

    /// A user code that somebody typed.
    ///
    /// @param userCode its HMAC
    /// @param browser the secret of the interaction cookie, kept if we gave it out
    /// @param newBrowser its successor otherwise
    /// @param state names the interaction that begins
    /// @param limit codes per address in fifteen minutes
    public record Entry(
            SecretHash userCode,
            Optional<SecretHash> browser,
            SecretHash newBrowser,
            SecretHash state,
            int limit,
            Origin origin) {}

    /// What came of it.
    public sealed interface Entered {
        /// The user must say whether the device is theirs: the interaction is stored.
        ///
        /// @param isNewBrowser the browser gets a new interaction cookie
        record Found(Interaction interaction, boolean isNewBrowser) implements Entered {}

        /// No device waits for that code.
        record Unknown() implements Entered {}

        /// The code wasn't looked at.
        record TooMany(Backoff backoff) implements Entered {}
    }

    /// Looks for the device. Every code is counted before it is looked at, a right one too, so that
    /// whoever has one of their own can't guess others' with it (RFC 8628 §5.1, THREATS R35.1).
    public Entered enter(Entry entry) {
        return database.inTransaction(
                tx -> {
                    var network = Attempts.network(entry.origin());
                    var counted = tx.attempts().count("user-code", network, WINDOW);
                    if (counted.attempts() > entry.limit())
                        return new Entered.TooMany(
                                new Backoff(entry.limit(), tx.now(), counted.since().plus(WINDOW)));
                    var open = tx.devices().open(entry.userCode());
                    if (open.isEmpty()) {
                        tx.log()
                                .append(
                                        LogEvent.of("fdeac", entry.origin())
                                                .described("Unknown or expired user code"));
                        return new Entered.Unknown();
                    }
                    return begin(tx, entry, open.get().hash(), open.get().asked());
                });
    }

    private static Entered begin(Tx tx, Entry entry, SecretHash device, DeviceAuthorization asked) {
        var known = entry.browser().filter(tx.interactions()::knows);
        var interaction =
                new Interaction(
                        asked.request(),
                        asked.client(),
                        Optional.of(device),
                        tx.now(),
                        asked.expiresAt(),
                        new Stage.Activating());
        tx.interactions().insert(entry.state(), known.orElse(entry.newBrowser()), interaction);
        return new Entered.Found(interaction, known.isEmpty());
    }

    /// The user of a browser says that the device isn't theirs. They say it once.
    ///
    /// @param state the hash of the value in the URL
    /// @param browser the hash of the interaction cookie
    /// @return false if nothing waits there
    public boolean cancel(SecretHash state, SecretHash browser, Caller caller, Origin origin) {
        return database.inTransaction(
                tx -> {
                    var claimed = tx.interactions().claimActivating(state, browser);
                    claimed.flatMap(Interaction::device)
                            .ifPresent(device -> tx.devices().deny(device, CANCELLED));
                    if (claimed.isPresent())
                        tx.log()
                                .append(
                                        event("fdecc", caller, origin)
                                                .described("User did not confirm device"));
                    return claimed.isPresent();
                });
    }

    /// What came of a poll.
    public sealed interface Polled {
        /// The tokens are valid.
        record Granted(AuthorizationCode code, Session session) implements Polled {}

        record Pending() implements Polled {}

        /// @param interval that wasn't kept
        /// @param next when it may be tried again
        record TooFast(Duration interval, Backoff next) implements Polled {}

        /// @param description why
        record Denied(String description) implements Polled {}

        record Expired() implements Polled {}

        record Invalid() implements Polled {}
    }

    /// A device asks for its tokens. They are issued once, with the locks of an exchange of a code:
    /// user, native family, session, token.
    ///
    /// @param exchange by the hash of the device code
    public Polled poll(Codes.Exchange exchange) {
        return database.inTransaction(
                tx -> {
                    var found = tx.devices().find(exchange.code());
                    return switch (Poll.decide(found, exchange.caller().id(), tx.now())) {
                        case Verdict.Redeem(var code) -> redeem(tx, code, exchange);
                        case Verdict.Pending _, Verdict.TooFast _ -> pace(tx, exchange);
                        case Verdict.Denied(var why) ->
                                conclude(tx, new Polled.Denied(why), why, exchange);
                        case Verdict.Expired _ ->
                                conclude(tx, new Polled.Expired(), EXPIRED, exchange);
                        case Verdict.Unknown _ -> unknown(tx, exchange);
                    };
                });
    }

    private static Polled redeem(Tx tx, SecretHash code, Codes.Exchange exchange) {
        var exchanged = Codes.exchange(tx, exchange.of(code), Codes.Held.BY_DEVICE_CODE);
        tx.devices().conclude(exchange.code());
        return switch (exchanged) {
            case Codes.Exchanged.Granted(var granted, var session, _) ->
                    new Polled.Granted(granted, session);
            case Codes.Exchanged.Refused _ -> new Polled.Invalid();
        };
    }

    /// Polls of one device at once are judged one after the other. An answer of its user that came
    /// meanwhile is for the next poll: the locks that it takes come before the one held now.
    private static Polled pace(Tx tx, Codes.Exchange exchange) {
        var locked = tx.devices().lock(exchange.code());
        return switch (Poll.decide(locked, exchange.caller().id(), tx.now())) {
            case Verdict.TooFast(var interval, var next) -> {
                tx.devices().recordPoll(exchange.code(), next);
                yield new Polled.TooFast(interval, new Backoff(1, tx.now(), tx.now().plus(next)));
            }
            case Verdict.Pending _ -> {
                tx.devices().recordPoll(exchange.code(), locked.orElseThrow().interval());
                yield new Polled.Pending();
            }
            case Verdict.Redeem _, Verdict.Denied _, Verdict.Expired _, Verdict.Unknown _ ->
                    new Polled.Pending();
        };
    }

    private static Polled conclude(Tx tx, Polled told, String why, Codes.Exchange exchange) {
        if (!tx.devices().conclude(exchange.code())) return unknown(tx, exchange);
        failed(tx, why, exchange);
        return told;
    }

    private static Polled unknown(Tx tx, Codes.Exchange exchange) {
        failed(tx, UNKNOWN, exchange);
        return new Polled.Invalid();
    }

    private static void failed(Tx tx, String why, Codes.Exchange exchange) {
        tx.log().append(event("fede", exchange.caller(), exchange.origin()).described(why));
    }

    private static LogEvent event(String type, Caller caller, Origin origin) {
        return LogEvent.of(type, origin).about(caller.id(), caller.name());
    }
}
