package segue.domain.action;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/// How far a run is after one of its Actions (contract actions §1): what the next one is told, and
/// whether there is a next one.
///
/// @param event with the metadata that the Action set
/// @param effects what it asked for, and what is wrong with them together
/// @param isOver whether it was the last: it denied, revoked, redirected, or asked for what makes
///   no sense
public record Progress(Event event, List<Effect> effects, boolean isOver) {
    /// The most bytes of a transaction's metadata.
    private static final int MOST_TRANSACTION_BYTES = 16 * 1024;

    public Progress {
        effects = List.copyOf(effects);
    }

    /// What an Action leaves behind.
    ///
    /// @param event what it was told
    /// @param effects what it asked for, in order
    /// @param value turns the JSON of a transaction's metadata into a plain value
    public static Progress after(
            Event event, List<Effect> effects, Function<String, Object> value) {
        var session = event.session().map(it -> withMetadata(it, edited(it.metadata(), effects)));
        var refreshToken =
                event.refreshToken()
                        .map(it -> withMetadata(it, editedToken(it.metadata(), effects)));
        var transaction = new TreeMap<>(event.transaction().metadata());
        for (var effect : effects)
            if (effect instanceof Effect.SetTransactionMetadata(var key, var json))
                json.map(value)
                        .ifPresentOrElse(
                                it -> transaction.put(key, it), () -> transaction.remove(key));
        var all = new ArrayList<>(effects);
        if (size(transaction) > MOST_TRANSACTION_BYTES)
            all.add(
                    new Effect.Malformed(
                            "the transaction's metadata exceed "
                                    + MOST_TRANSACTION_BYTES
                                    + " bytes"));
        var isOver =
                all.stream().anyMatch(Rule::isLast)
                        || session.flatMap(it -> MetadataEdit.problem(it.metadata())).isPresent()
                        || refreshToken
                                .flatMap(it -> MetadataEdit.problem(it.metadata()))
                                .isPresent();
        return new Progress(
                with(event, session, refreshToken, transaction), List.copyOf(all), isOver);
    }

    private static SortedMap<String, String> edited(
            SortedMap<String, String> metadata, List<Effect> effects) {
        var changed = metadata;
        for (var effect : effects)
            if (effect instanceof Effect.EditSessionMetadata(var edit)) changed = edit.on(changed);
        return changed;
    }

    private static SortedMap<String, String> editedToken(
            SortedMap<String, String> metadata, List<Effect> effects) {
        var changed = metadata;
        for (var effect : effects)
            if (effect instanceof Effect.EditRefreshTokenMetadata(var edit))
                changed = edit.on(changed);
        return changed;
    }

    private static int size(SortedMap<String, Object> metadata) {
        return metadata.entrySet().stream()
                .mapToInt(it -> bytes(it.getKey()) + bytes(it.getValue().toString()))
                .sum();
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static Event.Session withMetadata(
            Event.Session it, SortedMap<String, String> metadata) {
        return new Event.Session(
                it.id(),
                it.userId(),
                it.createdAt(),
                it.updatedAt(),
                it.authenticatedAt(),
                it.expiresAt(),
                it.idleExpiresAt(),
                it.lastInteractedAt(),
                it.device(),
                it.clients(),
                it.cookie(),
                metadata,
                it.sessionTransfer());
    }

    private static Event.RefreshToken withMetadata(
            Event.RefreshToken it, SortedMap<String, String> metadata) {
        return new Event.RefreshToken(
                it.id(),
                it.clientId(),
                it.userId(),
                it.sessionId(),
                it.createdAt(),
                it.expiresAt(),
                it.idleExpiresAt(),
                it.lastExchangedAt(),
                it.rotating(),
                it.device(),
                it.resourceServers(),
                metadata,
                it.sessionTransfer());
    }

    private static Event with(
            Event event,
            Optional<Event.Session> session,
            Optional<Event.RefreshToken> refreshToken,
            SortedMap<String, Object> metadata) {
        var it = event.transaction();
        return new Event(
                event.user(),
                event.client(),
                event.connection(),
                event.request(),
                session,
                event.sessionTransferToken(),
                refreshToken,
                event.authentication(),
                event.authorization(),
                event.organization(),
                event.resourceServer(),
                event.stats(),
                event.tenant(),
                event.customDomain(),
                new Event.Transaction(
                        it.id(),
                        it.protocol(),
                        it.requestedScopes(),
                        it.redirectUri(),
                        it.responseType(),
                        it.responseMode(),
                        it.state(),
                        it.prompt(),
                        it.locale(),
                        it.uiLocales(),
                        it.acrValues(),
                        it.loginHint(),
                        it.correlationId(),
                        it.tokenExchange(),
                        metadata));
    }
}
