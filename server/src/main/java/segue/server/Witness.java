package segue.server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import segue.domain.identifier.FamilyId;
import segue.domain.network.Device;
import segue.domain.revocation.Receipt;
import segue.server.http.Site;
import segue.server.logging.Access;
import segue.server.logging.AccessLog;
import segue.server.metrics.Metrics;
import segue.server.settings.Settings;
import segue.server.tracing.Tracing;
import segue.server.trail.Step;
import segue.server.trail.Trail;
import segue.storage.Observer;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.WatchedDatabase;

import java.time.Clock;
import java.util.Optional;
import java.util.function.Supplier;

/// Sees every request, and tells the metrics, the access log and the traces. Where neither of the
/// latter is on, requests aren't followed, and nothing is noted.
final class Witness implements Site.Observer, Observer, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Witness.class);

    private final Metrics metrics;
    private final Clock clock;
    private final Optional<AccessLog> access;
    private final Optional<Tracing> tracing;

    Witness(Settings settings, Metrics metrics, Clock clock) {
        this.metrics = metrics;
        this.clock = clock;
        this.access =
                settings.log().access() ? Optional.of(new AccessLog(System.err)) : Optional.empty();
        access.ifPresent(
                log -> {
                    metrics.gauge("segue.log.queue", "Log lines that wait", log::waiting);
                    metrics.counter(
                            "segue.log.dropped", "Log lines that were never written", log::dropped);
                });
        this.tracing = settings.tracing().map(Tracing::new);
        tracing.ifPresent(
                it -> {
                    metrics.gauge("segue.traces.queue", "Traces that wait", it::waiting);
                    metrics.counter(
                            "segue.traces.dropped", "Spans that were never sent", it::dropped);
                });
    }

    private boolean follows() {
        return access.isPresent() || tracing.isPresent();
    }

    @Override
    public void answering(Runnable work) {
        if (follows()) Trail.follow(clock.instant(), work);
        else work.run();
    }

    @Override
    public void served(Site.Answered answer) {
        metrics.served(answer.template(), answer.method(), answer.status(), answer.took());
        LOG.debug(
                "{} {} {} {}us {}",
                answer.method(),
                answer.template(),
                answer.status(),
                answer.took().toNanos() / 1000,
                answer.requestId());
        Trail.current().ifPresent(trail -> tell(answer, trail));
    }

    private void tell(Site.Answered answer, Trail trail) {
        var trace = tracing.flatMap(it -> it.follow(answer, trail));
        access.ifPresent(log -> log.write(line(answer, trail, trace)));
    }

    private static Access line(Site.Answered answer, Trail trail, Optional<String> trace) {
        return new Access(
                trail.begin(),
                answer.requestId(),
                answer.method(),
                answer.template(),
                answer.status(),
                answer.took(),
                answer.bytes(),
                trail.client(),
                trail.outcome(),
                trail.family(),
                trace);
    }

    @Override
    public void failed(String requestId, Throwable cause) {
        LOG.error("request {} failed", requestId, cause);
    }

    /// The database as the use cases should have it.
    Database watched(Database database) {
        return tracing.isPresent() ? new WatchedDatabase(database, Witness::around) : database;
    }

    private static <T> T around(boolean isWriting, Supplier<T> work) {
        return Trail.step(isWriting ? Step.Kind.TRANSACTION : Step.Kind.READ, work);
    }

    @Override
    public void exchanged(String outcome) {
        Trail.ended(outcome);
        metrics.exchanged(outcome);
    }

    @Override
    public void redeemed(String outcome) {
        Trail.ended(outcome);
        metrics.redeemed(outcome);
    }

    @Override
    public void descended(FamilyId parent) {
        Trail.about(parent);
    }

    @Override
    public void usedAgain() {
        metrics.usedAgain();
    }

    @Override
    public void misbound(Device issuedTo, Device presentedBy) {
        metrics.misbound(issuedTo, presentedBy);
    }

    @Override
    public void ended(Receipt receipt) {
        metrics.ended(receipt);
    }

    @Override
    public void close() {
        access.ifPresent(AccessLog::close);
        tracing.ifPresent(Tracing::close);
    }
}
