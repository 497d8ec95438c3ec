package segue.storage.jdbc;

import segue.domain.grant.UserGrant;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.GrantId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.scope.Scope;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// What users have allowed clients.
public final class GrantTable {
    private final Tx tx;

    GrantTable(Tx tx) {
        this.tx = tx;
    }

    /// Remembers that the user allowed this, beside what they allowed before. Of two that widen one
    /// grant at the same moment, one may be forgotten until it is asked for again.
    public void record(UserGrant grant) {
        record(grant, ask(grant.user(), grant.client(), grant.audience()).get());
    }

    /// The same, where it is known what was remembered before.
    public void record(UserGrant grant, Optional<UserGrant> seen) {
        var scopes = new LinkedHashSet<String>();
        seen.ifPresent(it -> scopes.addAll(List.of(it.scope().split(" ", -1))));
        if (!scopes.addAll(List.of(grant.scope().split(" ", -1)))) return;
        scopes.remove("");
        tx.later(
                """
                INSERT INTO user_grant (id, user_id, client_id, audience, organization_id, scope, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (user_id, client_id, audience) DO UPDATE SET scope = excluded.scope
                """,
                grant.id().value(),
                grant.user().value(),
                grant.client().value(),
                grant.audience().orElse(""),
                grant.organization().map(OrganizationId::value).orElse(null),
                String.join(" ", scopes),
                tx.now().toEpochMilli());
    }

    /// Remembers that the user was asked, and allowed this.
    public void consent(UserGrant grant) {
        record(grant);
        var consented = new LinkedHashSet<String>();
        consented(grant.user(), grant.client(), grant.audience()).ifPresent(consented::addAll);
        consented.addAll(Scope.words(grant.scope()));
        tx.later(
                """
                UPDATE user_grant SET consented_scope = ? WHERE user_id = ? AND client_id = ? AND audience = ?
                """,
                String.join(" ", consented),
                grant.user().value(),
                grant.client().value(),
                grant.audience().orElse(""));
    }

    /// What the user allowed when they were asked; empty if they never were.
    public Optional<Set<String>> consented(
            UserId user, ClientId client, Optional<String> audience) {
        return tx.one(
                """
                SELECT consented_scope FROM user_grant WHERE user_id = ? AND client_id = ? AND audience = ?
                   AND consented_scope IS NOT NULL
                """,
                row -> Scope.words(row.getString(1)),
                user.value(),
                client.value(),
                audience.orElse(""));
    }

    /// What is remembered, together with what is asked next.
    public Supplier<Optional<UserGrant>> ask(
            UserId user, ClientId client, Optional<String> audience) {
        return tx.ask(
                        "SELECT * FROM user_grant WHERE user_id = ? AND client_id = ? AND audience"
                                + " = ?",
                        GrantTable::grant,
                        user.value(),
                        client.value(),
                        audience.orElse(""))
                ::get;
    }

    /// The one that a refresh token lives by; empty if it was taken back.
    public Optional<GrantId> behind(FamilyId family) {
        return tx.one(
                """
                SELECT user_grant.id FROM user_grant JOIN token_family
                    ON user_grant.user_id = token_family.user_id
                   AND user_grant.client_id = token_family.client_id
                   AND user_grant.audience = COALESCE(token_family.audience, '')
                 WHERE token_family.id = ?
                """,
                row -> new GrantId(row.getString(1)),
                family.value());
    }

    /// By its id.
    public Optional<UserGrant> find(GrantId id) {
        return tx.one("SELECT * FROM user_grant WHERE id = ?", GrantTable::grant, id.value());
    }

    /// Those of a user, oldest first.
    public List<UserGrant> of(UserId user) {
        return tx.all(
                "SELECT * FROM user_grant WHERE user_id = ? ORDER BY created_at, id",
                GrantTable::grant,
                user.value());
    }

    /// Which grants are looked for; an empty part is any.
    ///
    /// @param audience an empty text is no API
    public record Filter(
            Optional<UserId> user, Optional<ClientId> client, Optional<String> audience) {}

    /// A page of a search.
    public record Found(List<UserGrant> grants, long total) {}

    /// Those that the filter lets through, oldest first.
    public Found page(Filter filter, int offset, int limit) {
        var conditions = new ArrayList<String>();
        var values = new ArrayList<Object>();
        filter.user().ifPresent(it -> also("user_id", it.value(), conditions, values));
        filter.client().ifPresent(it -> also("client_id", it.value(), conditions, values));
        filter.audience().ifPresent(it -> also("audience", it, conditions, values));
        var where = conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
        var total = tx.number("SELECT count(*) FROM user_grant" + where, values.toArray());
        values.add(limit);
        values.add(offset);
        var grants =
                tx.all(
                        "SELECT * FROM user_grant"
                                + where
                                + " ORDER BY created_at, id LIMIT ? OFFSET ?",
                        GrantTable::grant,
                        values.toArray());
        return new Found(grants, total);
    }

    private static void also(
            String column, String value, List<String> conditions, List<Object> values) {
        conditions.add(column + " = ?");
        values.add(value);
    }

    /// Forgets one; tells whether it was there.
    public boolean delete(GrantId id) {
        return tx.change("DELETE FROM user_grant WHERE id = ?", id.value()) == 1;
    }

    private static UserGrant grant(ResultSet row) throws SQLException {
        return new UserGrant(
                new GrantId(row.getString("id")),
                new UserId(row.getString("user_id")),
                new ClientId(row.getString("client_id")),
                Optional.of(row.getString("audience")).filter(it -> !it.isEmpty()),
                Columns.textIfAny(row, "organization_id").map(OrganizationId::new),
                row.getString("scope"));
    }
}
