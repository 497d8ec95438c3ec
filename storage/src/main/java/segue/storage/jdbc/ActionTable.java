package segue.storage.jdbc;

import segue.domain.identifier.ActionId;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Actions: drafts, the versions that were deployed, and what binds them to triggers. Nothing here
/// reads a document.
public final class ActionTable {
    private final Tx tx;

    ActionTable(Tx tx) {
        this.tx = tx;
    }

    /// What an Action consists of, be it a draft or a version.
    ///
    /// @param document supported triggers, dependencies and the names of the secrets
    /// @param sealedSecrets names and values, for this action
    public record Content(String code, String runtime, String document, byte[] sealedSecrets) {
        /// Whether deploying the one in place of the other would change nothing.
        public boolean isSameAs(Content other) {
            return code.equals(other.code)
                    && runtime.equals(other.runtime)
                    && document.equals(other.document)
                    && Arrays.equals(sealedSecrets, other.sealedSecrets);
        }
    }

    /// A version; it never changes, but for being deployed.
    ///
    /// @param number from 1
    public record Version(
            String id,
            ActionId action,
            long number,
            Content content,
            boolean isDeployed,
            Instant createdAt) {}

    /// An action.
    ///
    /// @param edition rises with every change of the draft
    public record Action(
            ActionId id,
            String name,
            Content draft,
            long edition,
            Instant createdAt,
            Instant updatedAt,
            Optional<Version> deployed) {}

    /// A place in the order of a trigger.
    public record Binding(
            String id,
            String trigger,
            String displayName,
            ActionId action,
            Instant createdAt,
            Instant updatedAt) {}

    /// What runs.
    ///
    /// @param version the id of the deployed version
    public record Deployed(
            ActionId action,
            String name,
            String version,
            long number,
            String code,
            String runtime,
            byte[] sealedSecrets) {}

    private static final String ACTIONS =
            """
            SELECT a.id, a.name, a.code, a.runtime, a.document, a.sealed_secrets, a.edition, a.created_at, a.updated_at,
                   v.id AS version_id, v.number, v.code AS version_code, v.runtime AS version_runtime,
                   v.document AS version_document, v.sealed_secrets AS version_secrets, v.created_at AS version_created_at
              FROM action a LEFT JOIN action_version v ON v.action_id = a.id AND v.deployed
            """;

    /// By its id.
    public Optional<Action> find(ActionId id) {
        return tx.one(ACTIONS + " WHERE a.id = ?", ActionTable::action, id.value());
    }

    /// By its name.
    public Optional<Action> findByName(String name) {
        return tx.one(ACTIONS + " WHERE a.name = ?", ActionTable::action, name);
    }

    /// All, in the order in which they were created.
    public List<Action> all() {
        return tx.all(ACTIONS + " ORDER BY a.created_at, a.id", ActionTable::action);
    }

    private static Action action(ResultSet row) throws SQLException {
        var id = new ActionId(row.getString("id"));
        var version = Columns.textIfAny(row, "version_id");
        return new Action(
                id,
                row.getString("name"),
                content(row, "code", "runtime", "document", "sealed_secrets"),
                row.getLong("edition"),
                Columns.instant(row, "created_at"),
                Columns.instant(row, "updated_at"),
                version.isEmpty()
                        ? Optional.empty()
                        : Optional.of(
                                new Version(
                                        version.get(),
                                        id,
                                        row.getLong("number"),
                                        content(
                                                row,
                                                "version_code",
                                                "version_runtime",
                                                "version_document",
                                                "version_secrets"),
                                        true,
                                        Columns.instant(row, "version_created_at"))));
    }

    private static Content content(
            ResultSet row, String code, String runtime, String document, String secrets)
            throws SQLException {
        return new Content(
                row.getString(code),
                row.getString(runtime),
                row.getString(document),
                row.getBytes(secrets));
    }

    /// Stores a new draft; false if the name is taken.
    public boolean insert(ActionId id, String name, Content draft) {
        return tx.change(
                        """
                        INSERT INTO action (id, name, code, runtime, document, sealed_secrets, edition, created_at, updated_at)
                        VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?) ON CONFLICT DO NOTHING
                        """,
                        id.value(),
                        name,
                        draft.code(),
                        draft.runtime(),
                        draft.document(),
                        draft.sealedSecrets(),
                        tx.now().toEpochMilli(),
                        tx.now().toEpochMilli())
                == 1;
    }

    /// Replaces a draft.
    public void replace(ActionId id, String name, Content draft) {
        tx.change(
                """
                UPDATE action SET name = ?, code = ?, runtime = ?, document = ?, sealed_secrets = ?,
                    edition = edition + 1, updated_at = ?
                 WHERE id = ?
                """,
                name,
                draft.code(),
                draft.runtime(),
                draft.document(),
                draft.sealedSecrets(),
                tx.now().toEpochMilli(),
                id.value());
    }

    /// Deletes an action with its versions; nothing binds it any more.
    public void delete(ActionId id) {
        tx.change("DELETE FROM action WHERE id = ?", id.value());
    }

    /// Stores a version, and lets it run in place of the one before.
    public void deploy(String version, ActionId action, Content content) {
        tx.change(
                "UPDATE action_version SET deployed = FALSE WHERE action_id = ? AND deployed",
                action.value());
        tx.change(
                """
                INSERT INTO action_version (id, action_id, number, code, runtime, document, sealed_secrets, deployed, created_at)
                SELECT ?, ?, coalesce(max(number), 0) + 1, ?, ?, ?, ?, TRUE, ? FROM action_version WHERE action_id = ?
                """,
                version,
                action.value(),
                content.code(),
                content.runtime(),
                content.document(),
                content.sealedSecrets(),
                tx.now().toEpochMilli(),
                action.value());
    }

    /// A version of an action.
    public Optional<Version> version(ActionId action, String id) {
        return tx.one(
                "SELECT * FROM action_version WHERE id = ? AND action_id = ?",
                ActionTable::version,
                id,
                action.value());
    }

    /// A page of the versions of an action, newest first.
    ///
    /// @param total how many there are in all
    public record Versions(List<Version> versions, long total) {}

    /// A page of the versions of an action, newest first.
    public Versions versions(ActionId action, long offset, int limit) {
        return new Versions(
                tx.all(
                        """
                        SELECT * FROM action_version WHERE action_id = ?
                         ORDER BY number DESC LIMIT ? OFFSET ?
                        """,
                        ActionTable::version,
                        action.value(),
                        limit,
                        offset),
                tx.number(
                        "SELECT count(*) FROM action_version WHERE action_id = ?", action.value()));
    }

    private static Version version(ResultSet row) throws SQLException {
        return new Version(
                row.getString("id"),
                new ActionId(row.getString("action_id")),
                row.getLong("number"),
                content(row, "code", "runtime", "document", "sealed_secrets"),
                row.getBoolean("deployed"),
                Columns.instant(row, "created_at"));
    }

    private static final String RUNNING =
            """
            SELECT a.id, a.name, v.id AS version_id, v.number, v.code, v.runtime, v.sealed_secrets
              FROM action a JOIN action_version v ON v.action_id = a.id AND v.deployed
            """;

    /// What runs at a trigger, in order.
    public List<Deployed> deployed(String trigger) {
        return tx.all(
                RUNNING
                        + " JOIN action_binding b ON b.action_id = a.id"
                        + " WHERE b.trigger_id = ? ORDER BY b.position",
                ActionTable::deployed,
                trigger);
    }

    /// What runs of an action.
    public Optional<Deployed> deployed(ActionId action) {
        return tx.one(RUNNING + " WHERE a.id = ?", ActionTable::deployed, action.value());
    }

    private static Deployed deployed(ResultSet row) throws SQLException {
        return new Deployed(
                new ActionId(row.getString("id")),
                row.getString("name"),
                row.getString("version_id"),
                row.getLong("number"),
                row.getString("code"),
                row.getString("runtime"),
                row.getBytes("sealed_secrets"));
    }

    /// The bindings of a trigger, in order.
    public List<Binding> bindings(String trigger) {
        return tx.all(
                "SELECT * FROM action_binding WHERE trigger_id = ? ORDER BY position",
                ActionTable::binding,
                trigger);
    }

    /// All bindings, those of a trigger in order.
    public List<Binding> bindings() {
        return tx.all(
                "SELECT * FROM action_binding ORDER BY trigger_id, position", ActionTable::binding);
    }

    private static Binding binding(ResultSet row) throws SQLException {
        return new Binding(
                row.getString("id"),
                row.getString("trigger_id"),
                row.getString("display_name"),
                new ActionId(row.getString("action_id")),
                Columns.instant(row, "created_at"),
                Columns.instant(row, "updated_at"));
    }

    /// Whether an action is bound to any trigger.
    public boolean isBound(ActionId action) {
        return tx.number("SELECT count(*) FROM action_binding WHERE action_id = ?", action.value())
                > 0;
    }

    /// Takes an action from all triggers.
    public void unbind(ActionId action) {
        tx.change("DELETE FROM action_binding WHERE action_id = ?", action.value());
    }

    /// Replaces the bindings of a trigger.
    public void bind(String trigger, List<Binding> bindings) {
        tx.change("DELETE FROM action_binding WHERE trigger_id = ?", trigger);
        var position = 0L;
        for (var binding : bindings)
            tx.change(
                    """
                    INSERT INTO action_binding (id, trigger_id, position, display_name, action_id, created_at, updated_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                    binding.id(),
                    trigger,
                    position++,
                    binding.displayName(),
                    binding.action().value(),
                    binding.createdAt().toEpochMilli(),
                    binding.updatedAt().toEpochMilli());
    }

    /// Every write of actions takes this first, so that they come one after the other: what a write
    /// has looked at is still so when it writes. Readers don't wait for it.
    public void lock() {
        tx.one("SELECT only_row FROM tenant" + tx.dialect().forUpdate(), row -> row.getInt(1));
    }

    /// Tells every node that something else runs now.
    public void raiseRevision() {
        tx.configure("UPDATE tenant SET actions_revision = actions_revision + 1");
    }

    /// What the actions of a trigger did.
    ///
    /// @param document JSON
    public record Execution(String id, String trigger, Instant at, String document) {}

    /// Remembers what the actions of a trigger did, together with what came of it.
    public void recordExecution(String id, String trigger, String document) {
        tx.change(
                "INSERT INTO action_execution (id, trigger_id, at, document) VALUES (?, ?, ?, ?)",
                id,
                trigger,
                tx.now().toEpochMilli(),
                document);
    }

    /// What the actions of a trigger did at one time.
    public Optional<Execution> execution(String id) {
        return tx.one(
                "SELECT * FROM action_execution WHERE id = ?",
                row ->
                        new Execution(
                                row.getString("id"),
                                row.getString("trigger_id"),
                                Columns.instant(row, "at"),
                                row.getString("document")),
                id);
    }
}
