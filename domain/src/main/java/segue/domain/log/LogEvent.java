package segue.domain.log;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;
import segue.domain.identifier.UserId;
import segue.domain.revocation.Receipt;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// One event of the tenant log, written in the same transaction as what it reports (THREATS T-41).
/// The user's and the connection's names are filled in by the storage.
///
/// @param type the code of contract management-api §8, for example `sertft`
/// @param description a sentence, if the type has one
public record LogEvent(
        String type,
        Optional<String> description,
        Optional<ClientId> client,
        Optional<String> clientName,
        Optional<UserId> user,
        Optional<ConnectionId> connection,
        Optional<OrganizationId> organization,
        Optional<Origin> origin,
        Optional<String> audience,
        Optional<String> scope,
        Details details) {

    /// An event that nobody out there asked for.
    public static LogEvent of(String type) {
        return of(type, Optional.empty());
    }

    /// An event of which only the type and where it came from is known.
    public static LogEvent of(String type, Origin origin) {
        return of(type, Optional.of(origin));
    }

    private static LogEvent of(String type, Optional<Origin> origin) {
        return new LogEvent(
                type,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                origin,
                Optional.empty(),
                Optional.empty(),
                Details.NONE);
    }

    /// The same under another type.
    public LogEvent as(String other) {
        return new LogEvent(
                other,
                description,
                client,
                clientName,
                user,
                connection,
                organization,
                origin,
                audience,
                scope,
                details);
    }

    /// The same with a description.
    public LogEvent described(String text) {
        return new LogEvent(
                type,
                Optional.of(text),
                client,
                clientName,
                user,
                connection,
                organization,
                origin,
                audience,
                scope,
                details);
    }

    /// The same about a client.
    public LogEvent about(ClientId id, String name) {
        return new LogEvent(
                type,
                description,
                Optional.of(id),
                Optional.of(name),
                user,
                connection,
                organization,
                origin,
                audience,
                scope,
                details);
    }

    /// The same about a user.
    public LogEvent about(UserId id, ConnectionId through, Optional<OrganizationId> of) {
        return new LogEvent(
                type,
                description,
                client,
                clientName,
                Optional.of(id),
                Optional.of(through),
                of,
                origin,
                audience,
                scope,
                details);
    }

    /// The same with what was asked for.
    public LogEvent asking(Optional<String> wantedAudience, Optional<String> wantedScope) {
        return new LogEvent(
                type,
                description,
                client,
                clientName,
                user,
                connection,
                organization,
                origin,
                wantedAudience,
                wantedScope,
                details);
    }

    /// The same with a detail.
    public LogEvent with(String path, Object value) {
        return new LogEvent(
                type,
                description,
                client,
                clientName,
                user,
                connection,
                organization,
                origin,
                audience,
                scope,
                details.with(path, value));
    }

    /// The same with one more run of Actions that it depended on (contract actions §6.1).
    public LogEvent ranIn(String execution) {
        var path = "actions.executions";
        var all = new ArrayList<Object>();
        if (details.values().get(path) instanceof List<?> before) all.addAll(before);
        all.add(execution);
        return with(path, List.copyOf(all));
    }

    /// The most identifiers of one kind in an event; a receipt of a whole client may have millions.
    private static final int MOST_NAMED = 1_000;

    /// The same with what was ended, by id and kind, at most a thousand of each kind and how many
    /// there were. An empty receipt adds nothing.
    public LogEvent with(Receipt receipt) {
        return ended("sessions", receipt.sessions(), SessionId::value)
                .ended("refresh_tokens", receipt.families(), FamilyId::value)
                .ended("session_transfer_tokens", receipt.transfers(), TransferId::value);
    }

    private <T> LogEvent ended(String kind, List<T> ids, Function<T, String> text) {
        if (ids.isEmpty()) return this;
        var named = ids.stream().map(text).sorted().limit(MOST_NAMED).toList();
        var event = with("ended." + kind, named);
        return named.size() == ids.size()
                ? event
                : event.with("ended.count." + kind, (long) ids.size());
    }
}
