package segue.storage.jdbc;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.log.Details;
import segue.domain.log.LogEvent;
import segue.domain.log.Origin;

import java.util.Map;
import java.util.TreeMap;

/// The tenant log, appended to in the transaction that it reports.
public final class LogTable {
    private final Tx tx;

    LogTable(Tx tx) {
        this.tx = tx;
    }

    /// Appends an event. The names of the user and the connection are those of this moment.
    public void append(LogEvent event) {
        var user = event.user().map(UserId::value).orElse(null);
        var connection = event.connection().map(ConnectionId::value).orElse(null);
        var device = event.origin().map(Origin::device);
        tx.change(
                """
                INSERT INTO tenant_log (at, type, description, client_id, client_name, user_id, user_name, connection_id,
                    connection, organization_id, ip, user_agent, hostname, audience, scope, auth0_client, details)
                VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(email, username, name) FROM app_user WHERE user_id = ?),
                    ?, (SELECT name FROM connection WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?)
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
                event.organization().map(OrganizationId::value).orElse(null),
                device.map(from -> from.address().toString()).orElse(null),
                device.map(from -> from.userAgent()).orElse(null),
                event.origin().map(Origin::host).orElse(null),
                event.audience().orElse(null),
                event.scope().orElse(null),
                event.origin().flatMap(Origin::telemetry).orElse(null),
                text(event.details()));
    }

    /// A letter before each value keeps its type: s text, n number, b truth value.
    static String text(Details details) {
        var typed = new TreeMap<String, String>();
        details.values().forEach((path, value) -> typed.put(path, letter(value) + value));
        return Columns.flat(typed);
    }

    static Details details(String text) {
        var details = new TreeMap<String, Object>();
        for (Map.Entry<String, String> entry : Columns.flat(text).entrySet())
            details.put(entry.getKey(), value(entry.getValue()));
        return new Details(details);
    }

    private static String letter(Object value) {
        return switch (value) {
            case Long _ -> "n";
            case Boolean _ -> "b";
            default -> "s";
        };
    }

    private static Object value(String typed) {
        var text = typed.substring(1);
        return switch (typed.charAt(0)) {
            case 'n' -> Long.valueOf(text);
            case 'b' -> Boolean.valueOf(text);
            default -> text;
        };
    }
}
