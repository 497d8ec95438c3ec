package segue.domain.log;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;

import java.util.Optional;

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

    /// An event of which only the type and where it came from is known.
    public static LogEvent of(String type, Origin origin) {
        return new LogEvent(
                type,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(origin),
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
}
