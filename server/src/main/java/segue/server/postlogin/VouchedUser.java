package segue.server.postlogin;

import segue.domain.action.Effect;
import segue.domain.action.TokenExchangeEffect.Profile;
import segue.domain.action.TokenExchangeEffect.Subject.ByConnection;
import segue.domain.action.TokenExchangeEffect.Subject.ById;
import segue.domain.action.TokenExchangeRuling.Vouched;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.UserId;
import segue.server.profile.UserDocument;
import segue.storage.TokenExchanges.Stored;
import segue.storage.TokenExchanges.Subject;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// The user that an Action vouches for, as they are found and stored.
final class VouchedUser {
    private static final JsonMapper JSON = new JsonMapper();

    /// What a replaced profile leaves as it is: the user is known by it, or it isn't profile.
    private static final Set<String> KEPT =
            Set.of("username", "blocked", "user_metadata", "app_metadata");

    private VouchedUser() {}

    /// @param connections by name
    static Optional<Subject> of(
            Vouched vouched, Function<String, Optional<ConnectionId>> connections) {
        var changes = vouched.userChanges();
        return switch (vouched.subject()) {
            case ById(var id) ->
                    Optional.of(
                            new Subject(
                                    new UserId(id),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    changed(changes)));
            case ByConnection named ->
                    connections.apply(named.connection()).map(it -> of(named, it, changes));
        };
    }

    private static Subject of(ByConnection named, ConnectionId connection, List<Effect> changes) {
        var profile = named.profile();
        var id = UserDocument.id(profile.userId());
        return new Subject(
                id,
                Optional.of(connection),
                profile.email(),
                profile.username(),
                named.creates()
                        ? Optional.of(stored(fresh(id, profile), changes))
                        : Optional.empty(),
                named.replaces()
                        ? Optional.of(
                                document ->
                                        stored(replaced(id, object(document), profile), changes))
                        : changed(changes));
    }

    private static Optional<Function<String, Stored>> changed(List<Effect> changes) {
        return changes.isEmpty()
                ? Optional.empty()
                : Optional.of(document -> stored(object(document), changes));
    }

    private static Stored stored(ObjectNode document, List<Effect> changes) {
        var changed = object(UserChanges.apply(document.toString(), changes));
        return new Stored(UserDocument.keys(changed, Optional.empty()), changed.toString());
    }

    private static ObjectNode fresh(UserId id, Profile profile) {
        var login = profile.email().or(profile::username).orElse(profile.userId());
        var document = UserDocument.fresh(id, profile.email(), login);
        profile.username().ifPresent(it -> document.put("username", it));
        if (profile.email().isPresent())
            profile.emailVerified().ifPresent(it -> document.put("email_verified", it));
        object(profile.rest())
                .properties()
                .forEach(entry -> document.set(entry.getKey(), entry.getValue()));
        return document;
    }

    /// The profile as it would be created now. What the user is known by stays, and so does what is
    /// known of an e-mail address about which the Action says nothing.
    private static ObjectNode replaced(UserId id, ObjectNode stored, Profile profile) {
        var email = text(stored, "email");
        var known =
                new Profile(
                        profile.userId(),
                        email,
                        Optional.of(
                                profile.emailVerified()
                                        .orElse(stored.path("email_verified").asBoolean(false))),
                        text(stored, "username"),
                        profile.rest());
        var document = fresh(id, known);
        for (var name : KEPT) if (stored.has(name)) document.set(name, stored.get(name));
        return document;
    }

    private static Optional<String> text(ObjectNode document, String name) {
        return document.path(name).isString()
                ? Optional.of(document.path(name).asString())
                : Optional.empty();
    }

    private static ObjectNode object(String json) {
        return (ObjectNode) JSON.readTree(json);
    }
}
