package segue.server.signup;

import segue.domain.client.Client;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.secret.Secret;
import segue.server.oauth.Callers;
import segue.server.password.PasswordLane;
import segue.server.password.PasswordPolicy;
import segue.server.profile.UserDocument;
import segue.server.secret.Mint;
import segue.server.settings.Rate;
import segue.storage.Attempts;
import segue.storage.Backoff;
import segue.storage.Configuration;
import segue.storage.SignIns;
import segue.storage.Users;

import tools.jackson.databind.node.ObjectNode;

import java.util.Map;
import java.util.Optional;

/// Creates users who ask for it themselves. Whether an address is taken isn't said: it is an
/// invalid sign-up like any other, and costs a hash like a valid one (THREATS R34.1).
public final class SignUps {
    private static final int LONGEST = 300;

    private final Databases databases;
    private final Users users;
    private final SignIns signIns;
    private final Attempts attempts;
    private final Rate rate;
    private final PasswordLane passwords;
    private final Mint mint;

    /// @param rate of a network
    public SignUps(
            Configuration configuration,
            Users users,
            SignIns signIns,
            Attempts attempts,
            Rate rate,
            PasswordLane passwords,
            Mint mint) {
        this.databases = new Databases(configuration);
        this.users = users;
        this.signIns = signIns;
        this.attempts = attempts;
        this.rate = rate;
        this.passwords = passwords;
        this.mint = mint;
    }

    /// What a connection asks of those who sign up.
    ///
    /// @param connection its name
    /// @param shortestPassword in characters
    public record Offer(String connection, boolean asksForUserName, int shortestPassword) {}

    /// What is asked of those who sign up; empty if nobody can, or not for this client.
    public Optional<Offer> offer(ClientId client, ConnectionId connection) {
        return databases
                .find(connection, client)
                .filter(Databases.Database::takesSignUps)
                .map(it -> new Offer(it.name(), it.asksForUserName(), it.policy().shortest()));
    }

    /// What somebody asks for.
    ///
    /// @param profile what else they say about themselves, by the names of the profile
    /// @param metadata `user_metadata`
    public record Wanted(
            String connection,
            String email,
            Optional<String> username,
            Secret password,
            Map<String, String> profile,
            ObjectNode metadata) {
        public Wanted {
            profile = Map.copyOf(profile);
        }
    }

    /// What comes of it.
    public sealed interface Outcome {
        record Created(UserId user, ObjectNode document) implements Outcome {}

        /// @param description which doesn't tell an address that is taken from one that is none
        record Invalid(String description) implements Outcome {}

        record Flawed(PasswordPolicy.Flaw flaw) implements Outcome {}

        record TooMany(Backoff backoff) implements Outcome {}

        /// No password could be hashed in time.
        record Busy() implements Outcome {}
    }

    private static final Outcome INVALID = new Outcome.Invalid("Invalid sign up");

    /// Creates a user, or says why not.
    public Outcome signUp(Client client, Wanted wanted, Origin origin) {
        var backoff = attempts.ofNetwork("sign-up", origin, rate.count(), rate.per());
        if (backoff.isPresent()) return new Outcome.TooMany(backoff.get());
        var database = databases.find(wanted.connection(), client.id());
        if (database.isEmpty()) return INVALID;
        var outcome = outcome(client, database.get(), wanted, origin);
        switch (outcome) {
            case Outcome.Invalid(var description) ->
                    failed(client, database.get(), description, origin);
            case Outcome.Flawed(var flaw) -> failed(client, database.get(), flaw.message(), origin);
            case Outcome.Created _, Outcome.TooMany _, Outcome.Busy _ -> {}
        }
        return outcome;
    }

    private void failed(
            Client client, Databases.Database database, String description, Origin origin) {
        signIns.failed(
                "fs", Callers.caller(client), database.id(), Optional.empty(), description, origin);
    }

    private Outcome outcome(
            Client client, Databases.Database database, Wanted wanted, Origin origin) {
        if (!database.takesSignUps()) return new Outcome.Invalid("Public signup is disabled");
        if (!isWellFormed(database, wanted)) return INVALID;
        var id = UserDocument.id(mint.hexadecimal());
        var document = document(id, wanted);
        var password = wanted.password();
        var flaw = database.policy().flaw(password.reveal(), UserDocument.personal(document));
        if (flaw.isPresent()) return new Outcome.Flawed(flaw.get());
        var hash = passwords.hash(password);
        if (hash.isEmpty()) return new Outcome.Busy();
        var event =
                LogEvent.of("ss", origin)
                        .about(client.id(), client.name())
                        .about(id, database.id(), Optional.empty());
        var changed =
                users.create(
                        id,
                        database.id(),
                        UserDocument.keys(document, hash),
                        document.toString(),
                        event);
        return changed == Users.Changed.DONE ? new Outcome.Created(id, document) : INVALID;
    }

    private static boolean isWellFormed(Databases.Database database, Wanted wanted) {
        return UserDocument.EMAIL.matcher(wanted.email()).matches()
                && wanted.username().map(SignUps::isUserName).orElse(!database.asksForUserName())
                && wanted.profile().values().stream().allMatch(it -> it.length() <= LONGEST);
    }

    private static boolean isUserName(String text) {
        return UserDocument.USERNAME.matcher(text).matches();
    }

    private static ObjectNode document(UserId id, Wanted wanted) {
        var document = UserDocument.fresh(id, Optional.of(wanted.email()), wanted.email());
        wanted.username().ifPresent(it -> document.put("username", it));
        wanted.profile().forEach(document::put);
        if (!wanted.metadata().isEmpty()) document.set("user_metadata", wanted.metadata());
        return document;
    }
}
