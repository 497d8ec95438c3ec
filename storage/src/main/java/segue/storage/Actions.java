package segue.storage;

import segue.domain.identifier.ActionId;
import segue.domain.log.LogEvent;
import segue.storage.jdbc.ActionTable.Action;
import segue.storage.jdbc.ActionTable.Binding;
import segue.storage.jdbc.ActionTable.Content;
import segue.storage.jdbc.ActionTable.Deployed;
import segue.storage.jdbc.ActionTable.Execution;
import segue.storage.jdbc.ActionTable.Version;
import segue.storage.jdbc.ActionTable.Versions;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.ProfileTable.Profile;
import segue.storage.jdbc.Tx;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Actions: what an operator writes and what of it runs. Every write that alters what runs raises
/// the tenant's revision in its transaction, so that whoever has read the revision after it never
/// runs what was there before (contract actions §1: only deployed versions run).
public final class Actions {
    private final Database database;

    public Actions(Database database) {
        this.database = database;
    }

    /// What runs at a trigger, in order.
    public List<Deployed> deployed(String trigger) {
        return database.read(tx -> tx.actions().deployed(trigger));
    }

    /// What runs of an action, whatever it is bound to.
    public Optional<Deployed> deployedById(ActionId action) {
        return database.read(tx -> tx.actions().deployed(action));
    }

    /// The profile for a type of subject token.
    public Optional<Profile> profile(String subjectTokenType) {
        return database.read(tx -> tx.profiles().findByType(subjectTokenType));
    }

    /// What the actions of a trigger did at one time.
    public Optional<Execution> execution(String id) {
        return database.read(tx -> tx.actions().execution(id));
    }

    public Optional<Action> find(ActionId id) {
        return database.read(tx -> tx.actions().find(id));
    }

    public Optional<Action> findByName(String name) {
        return database.read(tx -> tx.actions().findByName(name));
    }

    /// All actions, in the order in which they were created.
    public List<Action> all() {
        return database.read(tx -> tx.actions().all());
    }

    public Optional<Version> version(ActionId action, String id) {
        return database.read(tx -> tx.actions().version(action, id));
    }

    /// A page of the versions of an action, newest first.
    public Versions versions(ActionId action, long offset, int limit) {
        return database.read(tx -> tx.actions().versions(action, offset, limit));
    }

    /// The bindings of a trigger, in order.
    public List<Binding> bindings(String trigger) {
        return database.read(tx -> tx.actions().bindings(trigger));
    }

    /// All bindings, those of a trigger in order.
    public List<Binding> bindings() {
        return database.read(tx -> tx.actions().bindings());
    }

    public Optional<Profile> findProfile(String id) {
        return database.read(tx -> tx.profiles().find(id));
    }

    /// All profiles, in the order in which they were created.
    public List<Profile> profiles() {
        return database.read(tx -> tx.profiles().all());
    }

    /// What became of a write.
    public enum Written {
        DONE,
        /// What it would change isn't there.
        UNKNOWN,
        /// Somebody else has changed it meanwhile.
        STALE,
        /// The name, or the type of subject token, belongs to another.
        TAKEN,
        /// It would bind an action that isn't deployed, or isn't there.
        NOT_DEPLOYED,
        /// A trigger still runs it.
        BOUND,
        /// A token exchange profile names it.
        NAMED
    }

    private Written write(LogEvent event, Function<Tx, Written> work) {
        return database.inTransaction(
                tx -> {
                    tx.actions().lock();
                    var written = work.apply(tx);
                    if (written == Written.DONE) tx.log().append(event);
                    return written;
                });
    }

    /// Creates an action.
    ///
    /// @param version the id of its first version, if it is deployed at once
    public Written create(
            ActionId id, String name, Content draft, Optional<String> version, LogEvent event) {
        return write(
                event,
                tx -> {
                    if (!tx.actions().insert(id, name, draft)) return Written.TAKEN;
                    version.ifPresent(it -> deploy(tx, it, id, draft));
                    return Written.DONE;
                });
    }

    private static void deploy(Tx tx, String version, ActionId action, Content content) {
        tx.actions().deploy(version, action, content);
        tx.actions().raiseRevision();
    }

    /// Changes the draft of an action.
    ///
    /// @param seen what the change was made of
    /// @param version the id of the version, if it is deployed at once
    public Written change(
            Action seen, String name, Content draft, Optional<String> version, LogEvent event) {
        return write(
                event,
                tx -> {
                    var now = tx.actions().find(seen.id());
                    if (now.isEmpty()) return Written.UNKNOWN;
                    if (now.get().edition() != seen.edition()) return Written.STALE;
                    var namesake = tx.actions().findByName(name);
                    if (namesake.filter(it -> !it.id().equals(seen.id())).isPresent())
                        return Written.TAKEN;
                    tx.actions().replace(seen.id(), name, draft);
                    // The name is part of what runs: it is what an execution is told by.
                    var isRenamed = !now.get().name().equals(name);
                    if (version.isPresent()) deploy(tx, version.get(), seen.id(), draft);
                    else if (isRenamed && now.get().deployed().isPresent())
                        tx.actions().raiseRevision();
                    return Written.DONE;
                });
    }

    /// Deploys the draft of an action, as it is then, secrets included.
    ///
    /// @param version the id of the new version
    public Written deploy(ActionId action, String version, LogEvent event) {
        return write(
                event,
                tx -> {
                    var now = tx.actions().find(action);
                    if (now.isEmpty()) return Written.UNKNOWN;
                    deploy(tx, version, action, now.get().draft());
                    return Written.DONE;
                });
    }

    /// Deploys what an earlier version was, secrets included, as a new version.
    ///
    /// @param earlier the id of the earlier version
    /// @param version the id of the new version
    /// @param updatesDraft whether the draft becomes the same
    public Written rollBack(
            ActionId action, String earlier, String version, boolean updatesDraft, LogEvent event) {
        return write(
                event,
                tx -> {
                    var now = tx.actions().find(action);
                    var then = tx.actions().version(action, earlier);
                    if (now.isEmpty() || then.isEmpty()) return Written.UNKNOWN;
                    var content = then.get().content();
                    deploy(tx, version, action, content);
                    if (updatesDraft) tx.actions().replace(action, now.get().name(), content);
                    return Written.DONE;
                });
    }

    /// Deletes an action with all its versions.
    ///
    /// @param isForced whether triggers that run it lose it; a profile never does
    public Written delete(ActionId action, boolean isForced, LogEvent event) {
        return write(
                event,
                tx -> {
                    var now = tx.actions().find(action);
                    if (now.isEmpty()) return Written.UNKNOWN;
                    if (tx.profiles().isNamed(action)) return Written.NAMED;
                    if (!isForced && tx.actions().isBound(action)) return Written.BOUND;
                    tx.actions().unbind(action);
                    tx.actions().delete(action);
                    if (now.get().deployed().isPresent()) tx.actions().raiseRevision();
                    return Written.DONE;
                });
    }

    /// An action at its place in a trigger.
    ///
    /// @param id of the binding, if the action has none at this trigger yet
    public record Place(String id, String displayName, ActionId action) {}

    /// Replaces what is bound to a trigger. An action that was bound keeps its binding.
    public Written bind(String trigger, List<Place> places, LogEvent event) {
        return write(
                event,
                tx -> {
                    for (var place : places)
                        if (tx.actions().deployed(place.action()).isEmpty())
                            return Written.NOT_DEPLOYED;
                    var before = tx.actions().bindings(trigger);
                    tx.actions()
                            .bind(
                                    trigger,
                                    places.stream()
                                            .map(place -> binding(tx, trigger, place, before))
                                            .toList());
                    tx.actions().raiseRevision();
                    return Written.DONE;
                });
    }

    private static Binding binding(Tx tx, String trigger, Place place, List<Binding> before) {
        var kept = before.stream().filter(it -> it.action().equals(place.action())).findFirst();
        return new Binding(
                kept.map(Binding::id).orElse(place.id()),
                trigger,
                place.displayName(),
                place.action(),
                kept.map(Binding::createdAt).orElse(tx.now()),
                tx.now());
    }

    /// Creates a token exchange profile.
    public Written createProfile(
            String id,
            String name,
            String subjectTokenType,
            ActionId action,
            String type,
            LogEvent event) {
        return write(
                event,
                tx -> {
                    if (tx.profiles().findByType(subjectTokenType).isPresent())
                        return Written.TAKEN;
                    if (tx.actions().deployed(action).isEmpty()) return Written.NOT_DEPLOYED;
                    tx.profiles().insert(id, name, subjectTokenType, action, type);
                    tx.actions().raiseRevision();
                    return Written.DONE;
                });
    }

    /// Changes a token exchange profile; empty for what stays.
    public Written changeProfile(
            String id, Optional<String> name, Optional<String> subjectTokenType, LogEvent event) {
        return write(
                event,
                tx -> {
                    var now = tx.profiles().find(id);
                    if (now.isEmpty()) return Written.UNKNOWN;
                    var type = subjectTokenType.orElse(now.get().subjectTokenType());
                    var holder = tx.profiles().findByType(type);
                    if (holder.filter(it -> !it.id().equals(id)).isPresent()) return Written.TAKEN;
                    tx.profiles().replace(id, name.orElse(now.get().name()), type);
                    if (!type.equals(now.get().subjectTokenType())) tx.actions().raiseRevision();
                    return Written.DONE;
                });
    }

    /// Deletes a token exchange profile.
    public Written deleteProfile(String id, LogEvent event) {
        return write(
                event,
                tx -> {
                    if (!tx.profiles().delete(id)) return Written.UNKNOWN;
                    tx.actions().raiseRevision();
                    return Written.DONE;
                });
    }
}
