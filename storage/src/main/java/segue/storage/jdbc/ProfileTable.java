package segue.storage.jdbc;

import segue.domain.identifier.ActionId;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Token exchange profiles: which action vouches for which type of subject token.
public final class ProfileTable {
    private final Tx tx;

    ProfileTable(Tx tx) {
        this.tx = tx;
    }

    /// A profile.
    public record Profile(
            String id,
            String name,
            String subjectTokenType,
            ActionId action,
            String type,
            Instant createdAt,
            Instant updatedAt) {}

    /// By its id.
    public Optional<Profile> find(String id) {
        return tx.one(
                "SELECT * FROM token_exchange_profile WHERE id = ?", ProfileTable::profile, id);
    }

    /// By the type of subject token.
    public Optional<Profile> findByType(String subjectTokenType) {
        return tx.one(
                "SELECT * FROM token_exchange_profile WHERE subject_token_type = ?",
                ProfileTable::profile,
                subjectTokenType);
    }

    /// All, in the order in which they were created.
    public List<Profile> all() {
        return tx.all(
                "SELECT * FROM token_exchange_profile ORDER BY created_at, id",
                ProfileTable::profile);
    }

    private static Profile profile(ResultSet row) throws SQLException {
        return new Profile(
                row.getString("id"),
                row.getString("name"),
                row.getString("subject_token_type"),
                new ActionId(row.getString("action_id")),
                row.getString("type"),
                Columns.instant(row, "created_at"),
                Columns.instant(row, "updated_at"));
    }

    /// Whether any profile names an action.
    public boolean isNamed(ActionId action) {
        return tx.number(
                        "SELECT count(*) FROM token_exchange_profile WHERE action_id = ?",
                        action.value())
                > 0;
    }

    /// Stores a new profile.
    public void insert(
            String id, String name, String subjectTokenType, ActionId action, String type) {
        tx.change(
                """
                INSERT INTO token_exchange_profile (id, name, subject_token_type, action_id, type, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                id,
                name,
                subjectTokenType,
                action.value(),
                type,
                tx.now().toEpochMilli(),
                tx.now().toEpochMilli());
    }

    /// Changes a profile; which action it names stays.
    public void replace(String id, String name, String subjectTokenType) {
        tx.change(
                """
                UPDATE token_exchange_profile SET name = ?, subject_token_type = ?, updated_at = ?
                 WHERE id = ?
                """,
                name,
                subjectTokenType,
                tx.now().toEpochMilli(),
                id);
    }

    /// Deletes; tells whether it was there.
    public boolean delete(String id) {
        return tx.change("DELETE FROM token_exchange_profile WHERE id = ?", id) == 1;
    }
}
