package segue.storage.jdbc;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.log.Details;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;
import segue.domain.log.UserAgent;
import segue.domain.network.Geo;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The tenant log, appended to in the transaction that it reports.
public final class LogTable {
    private final Tx tx;

    LogTable(Tx tx) {
        this.tx = tx;
    }

    /// Appends an event. The names of the user, the connection and the organization are those of
    /// this moment.
    public void append(LogEvent event) {
        var user = event.user().map(UserId::value).orElse(null);
        var connection = event.connection().map(ConnectionId::value).orElse(null);
        var organization = event.organization().map(OrganizationId::value).orElse(null);
        var device = event.origin().map(Origin::device);
        tx.later(
                """
                INSERT INTO tenant_log (at, type, description, client_id, client_name, user_id, user_name, connection_id,
                    connection, organization_id, organization_name, ip, user_agent, hostname, audience, scope, auth0_client,
                    location, details)
                VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(email, username, name) FROM app_user WHERE user_id = ?),
                    ?, (SELECT name FROM connection WHERE id = ?), ?, (SELECT name FROM organization WHERE id = ?),
                    ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                tx.now().toEpochMilli(),
                event.type(),
                event.description().orElse(null),
                event.client().map(ClientId::value).orElse(null),
                event.clientName().orElse(null),
                user,
                user,
                connection,
                connection,
                organization,
                organization,
                device.map(from -> from.address().toString()).orElse(null),
                device.map(from -> UserAgent.shortForm(from.userAgent())).orElse(null),
                event.origin().map(Origin::host).orElse(null),
                event.audience().orElse(null),
                event.scope().orElse(null),
                event.origin().flatMap(Origin::telemetry).orElse(null),
                event.origin().flatMap(from -> GeoText.of(from.geo())).orElse(null),
                text(event.details()));
    }

    /// An event as it stands in the log.
    ///
    /// @param at the start of the transaction that wrote it, in epoch milliseconds
    /// @param columns the texts that it has, by column
    /// @param geo where it came from, as was known then
    public record Entry(
            long at, long seq, SortedMap<String, String> columns, Geo geo, Details details) {}

    /// A page of a search.
    ///
    /// @param total how many events there are in all, if they were counted; otherwise on this page
    public record Found(List<Entry> entries, long total) {}

    private static final List<String> COLUMNS =
            List.of(
                    "type",
                    "description",
                    "client_id",
                    "client_name",
                    "user_id",
                    "user_name",
                    "connection",
                    "connection_id",
                    "organization_id",
                    "organization_name",
                    "ip",
                    "user_agent",
                    "hostname",
                    "audience",
                    "scope",
                    "auth0_client");

    /// Searched as they stand; a scope, a name of an organization and what the SDK says of itself
    /// are not.
    private static final List<String> SEARCHED =
            List.of(
                    "type",
                    "description",
                    "client_id",
                    "client_name",
                    "user_id",
                    "user_name",
                    "connection",
                    "connection_id",
                    "organization_id",
                    "ip",
                    "user_agent",
                    "hostname",
                    "audience");

    private Query.Searchable searchable() {
        var texts = new TreeMap<String, String>();
        SEARCHED.forEach(name -> texts.put(name, name));
        // All our connections are of one strategy.
        texts.put("strategy", "CASE WHEN connection IS NOT NULL THEN 'auth0' END");
        texts.put("strategy_type", "CASE WHEN connection IS NOT NULL THEN 'database' END");
        texts.put("log_id", tx.dialect().logId());
        return new Query.Searchable(texts, Map.of("date", "at"));
    }

    /// The events that a query finds; empty if it names a field that isn't searchable.
    ///
    /// @param oldestFirst otherwise newest first
    /// @param counted whether to count all, which reads all
    public Optional<Found> search(
            Query query, boolean oldestFirst, int offset, int limit, boolean counted) {
        var direction = oldestFirst ? "ASC" : "DESC";
        return Query.condition(query, searchable())
                .map(
                        condition -> {
                            var values = new ArrayList<>(condition.values());
                            values.add(limit);
                            values.add(offset);
                            var entries =
                                    tx.all(
                                            "SELECT * FROM tenant_log WHERE %s ORDER BY at %s, seq %s LIMIT ? OFFSET ?"
                                                    .formatted(
                                                            condition.sql(), direction, direction),
                                            LogTable::entry,
                                            values.toArray());
                            var total =
                                    counted
                                            ? tx.number(
                                                    "SELECT count(*) FROM tenant_log WHERE "
                                                            + condition.sql(),
                                                    condition.values().toArray())
                                            : entries.size();
                            return new Found(entries, total);
                        });
    }

    /// One event.
    public Optional<Entry> find(long at, long seq) {
        return tx.one(
                "SELECT * FROM tenant_log WHERE at = ? AND seq = ?", LogTable::entry, at, seq);
    }

    /// The events after one, oldest first, as far as nothing can appear below them any more:
    /// transactions that are still open may write an event that sorts by their start (contract
    /// management-api §8).
    public List<Entry> after(long at, long seq, int limit) {
        // The bound is read before the rows: READ COMMITTED gives the second statement a younger
        // view.
        var open =
                tx.one(
                        tx.dialect().openWritersSince(),
                        row -> {
                            var millis = row.getLong(1);
                            return row.wasNull() ? Long.MAX_VALUE : millis;
                        });
        return tx.all(
                """
                SELECT * FROM tenant_log WHERE (at, seq) > (?, ?) AND at < ?
                 ORDER BY at, seq LIMIT ?
                """,
                LogTable::entry,
                at,
                seq,
                open.orElse(Long.MAX_VALUE),
                limit);
    }

    private static Entry entry(ResultSet row) throws SQLException {
        var columns = new TreeMap<String, String>();
        for (var column : COLUMNS)
            Columns.textIfAny(row, column).ifPresent(text -> columns.put(column, text));
        return new Entry(
                row.getLong("at"),
                row.getLong("seq"),
                columns,
                Columns.textIfAny(row, "location").map(GeoText::read).orElse(Geo.UNKNOWN),
                details(row.getString("details")));
    }

    /// A letter before each value keeps its type: s text, n number, b truth value, l list of
    /// identifiers, which have no spaces.
    static String text(Details details) {
        var typed = new TreeMap<String, String>();
        details.values().forEach((path, value) -> typed.put(path, typed(value)));
        return Columns.flat(typed);
    }

    static Details details(String text) {
        var details = new TreeMap<String, Object>();
        for (Map.Entry<String, String> entry : Columns.flat(text).entrySet())
            details.put(entry.getKey(), value(entry.getValue()));
        return new Details(details);
    }

    private static String typed(Object value) {
        return switch (value) {
            case Long number -> "n" + number;
            case Boolean truth -> "b" + truth;
            case List<?> identifiers ->
                    identifiers.stream()
                            .map(Object::toString)
                            .collect(Collectors.joining(" ", "l", ""));
            default -> "s" + value;
        };
    }

    private static Object value(String typed) {
        var text = typed.substring(1);
        return switch (typed.charAt(0)) {
            case 'n' -> Long.valueOf(text);
            case 'b' -> Boolean.valueOf(text);
            case 'l' -> List.of(text.split(" ", -1));
            default -> text;
        };
    }
}
