package segue.server.backchannel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import segue.domain.client.Client;
import segue.domain.log.LogEvent;
import segue.domain.logout.Notice;
import segue.server.http.Outbound;
import segue.server.http.Outbound.Outcome;
import segue.server.jwt.Jwts.Signature;
import segue.server.oauth.Domains;
import segue.server.oauth.Registry;
import segue.storage.LogoutNotices;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;

/// Empties the outbox of logout tokens. Any number of nodes may do so at once.
public final class LogoutDelivery {
    private static final Logger LOG = LoggerFactory.getLogger(LogoutDelivery.class);

    private static final String NOBODY = "The client is gone, or has no URL for it any more";

    /// How many are under way at once.
    private static final int BATCH = 16;

    /// Longer than the slowest delivery takes to all URLs of a client.
    private static final Duration LEASE = Duration.ofMinutes(1);

    private final LogoutNotices notices;
    private final Registry registry;
    private final Domains domains;
    private final LogoutTokens tokens;
    private final Outbound outbound;

    public LogoutDelivery(
            LogoutNotices notices,
            Registry registry,
            Domains domains,
            LogoutTokens tokens,
            Outbound outbound) {
        this.notices = notices;
        this.registry = registry;
        this.domains = domains;
        this.tokens = tokens;
        this.outbound = outbound;
    }

    /// Delivers everything that is due.
    public void deliver() {
        var due = notices.take(BATCH, LEASE);
        while (!due.isEmpty()) {
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                due.forEach(notice -> threads.execute(() -> attempt(notice)));
            }
            due = notices.take(BATCH, LEASE);
        }
    }

    private void attempt(Notice notice) {
        try {
            deliver(notice);
        } catch (RuntimeException e) {
            LOG.warn(
                    "a logout token was not delivered; it is tried again when its lease is over",
                    e);
        }
    }

    private void deliver(Notice notice) {
        var registered = registry.client(notice.client());
        var client = registered.map(Registry.Registered::client);
        var uris = client.map(it -> it.backchannelLogout().uris()).orElse(List.of());
        if (uris.isEmpty()) {
            notices.finish(notice, event("failed", notice, client, "").described(NOBODY));
            return;
        }
        var signature = signature(registered.orElseThrow());
        for (var uri : uris) {
            var problem = problem(outbound.post(URI.create(uri), form(notice, signature)));
            if (problem.isPresent()) {
                notices.failed(
                        notice, event("failed", notice, client, uri).described(problem.get()));
                return;
            }
        }
        notices.finish(notice, event("succeeded", notice, client, String.join(" ", uris)));
    }

    private static Signature signature(Registry.Registered client) {
        return Signature.with(client.client().idTokenAlgorithm(), Optional.of(client.secret()));
    }

    private String form(Notice notice, Signature signature) {
        var token = tokens.sign(notice, domains.issuer(notice.host()), signature);
        return "logout_token=" + URLEncoder.encode(token, StandardCharsets.UTF_8);
    }

    /// OpenID Connect Back-Channel Logout 1.0 §2.8: 200 is a success, and 204 is tolerated.
    private static Optional<String> problem(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Answered(var status) when status == 200 || status == 204 ->
                    Optional.empty();
            case Outcome.Answered(var status) -> Optional.of("The client answered " + status);
            case Outcome.Failed(var reason) -> Optional.of("The client was not reached: " + reason);
        };
    }

    private static LogEvent event(
            String outcome, Notice notice, Optional<Client> client, String uri) {
        return LogEvent.of("oidc_backchannel_logout_" + outcome)
                .about(notice.client(), client.map(Client::name).orElse(""))
                .with("session_id", notice.session().value())
                .with("initiator", notice.initiator().wire())
                .with("attempt", (long) notice.attempts())
                .with("uri", uri);
    }
}
