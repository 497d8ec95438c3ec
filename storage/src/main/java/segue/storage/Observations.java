package segue.storage;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.log.LogEvent;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.FamilyTable;
import segue.storage.jdbc.LogTable;
import segue.storage.jdbc.Place;
import segue.storage.jdbc.Query;
import segue.storage.jdbc.SessionTable;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What an operator looks at: live sessions and refresh tokens with their metadata, and the tenant
/// log.
public final class Observations {
    private final Database database;

    public Observations(Database database) {
        this.database = database;
    }

    /// A live session.
    public Optional<SessionTable.Shown> session(SessionId id) {
        return database.read(tx -> tx.sessions().shown(id));
    }

    /// A page of the live sessions of a user, oldest first.
    ///
    /// @param after the last one of the page before
    public List<SessionTable.Shown> sessions(UserId user, Optional<Place> after, int limit) {
        return database.read(tx -> tx.sessions().shownOf(user, after, limit));
    }

    /// A live refresh-token family.
    public Optional<FamilyTable.Shown> family(FamilyId id) {
        return database.read(tx -> tx.families().shown(id));
    }

    /// A page of the live families of a user, or of those for one client, oldest first.
    ///
    /// @param after the last one of the page before
    public List<FamilyTable.Shown> families(
            UserId user, Optional<ClientId> client, Optional<Place> after, int limit) {
        return database.read(tx -> tx.families().shownOf(user, client, after, limit));
    }

    /// Replaces the metadata of a live session; empty if there is none.
    public Optional<SessionTable.Shown> putMetadata(
            SessionId id, Map<String, String> metadata, LogEvent event) {
        return database.inTransaction(
                tx -> {
                    if (tx.sessions().shown(id).isEmpty()
                            || !tx.sessions().putMetadata(id, metadata)) return Optional.empty();
                    tx.log().append(event);
                    return tx.sessions().shown(id);
                });
    }

    /// Replaces the metadata of a live family; empty if there is none.
    public Optional<FamilyTable.Shown> putMetadata(
            FamilyId id, Map<String, String> metadata, LogEvent event) {
        return database.inTransaction(
                tx -> {
                    if (tx.families().shown(id).isEmpty()
                            || !tx.families().putMetadata(id, metadata)) return Optional.empty();
                    tx.log().append(event);
                    return tx.families().shown(id);
                });
    }

    /// The events that a query finds; empty if it names a field that isn't searchable.
    ///
    /// @param oldestFirst otherwise newest first
    /// @param counted whether to count all, which reads all
    public Optional<LogTable.Found> log(
            Query query, boolean oldestFirst, int offset, int limit, boolean counted) {
        return database.search(tx -> tx.log().search(query, oldestFirst, offset, limit, counted));
    }

    /// One event.
    public Optional<LogTable.Entry> event(long at, long seq) {
        return database.read(tx -> tx.log().find(at, seq));
    }

    /// The events after one, oldest first; nothing will appear below them later.
    public List<LogTable.Entry> logAfter(long at, long seq, int limit) {
        return database.read(tx -> tx.log().after(at, seq, limit));
    }
}
