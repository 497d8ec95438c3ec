package segue.server.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import segue.domain.network.Device;
import segue.domain.revocation.Receipt;
import segue.server.http.Admission;
import segue.server.http.Lane;
import segue.server.http.Method;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.storage.Observer;
import segue.storage.Outcomes;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// The meters of contract operator §3. Every label has few values, all of them ours: route
/// templates, methods, statuses and reason codes.
public final class Metrics implements Observer {
    /// Where the histogram of answers has its steps.
    private static final Duration[] STEPS =
            Stream.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)
                    .map(Duration::ofMillis)
                    .toArray(Duration[]::new);

    private static final List<String> FAMILIES = List.of("same", "mixed");
    private static final List<String> NETWORKS = List.of("same", "other", "unknown");

    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /// Outcomes that must be watched are there from the start, at zero: a rate that begins with the
    /// first attack is seen too late.
    public Metrics() {
        Outcomes.ofExchanges().forEach(this::exchanges);
        Outcomes.ofRedemptions().forEach(this::redemptions);
        usesAgain();
        for (var families : FAMILIES) for (var networks : NETWORKS) misbindings(families, networks);
        cascade("sessions");
        cascade("families");
    }

    /// An answer, by route template, method and status.
    public void served(String template, Method method, int status, Duration took) {
        Timer.builder("segue.http.requests")
                .description("Requests by route, method and status")
                .tag("route", template)
                .tag("method", method.name())
                .tag("status", Integer.toString(status))
                .serviceLevelObjectives(STEPS)
                .register(registry)
                .record(took);
    }

    @Override
    public void exchanged(String outcome) {
        exchanges(outcome).increment();
    }

    private Counter exchanges(String outcome) {
        return Counter.builder("segue.transfer.exchanges")
                .description("Refresh tokens presented for a session transfer token")
                .tag("outcome", outcome)
                .register(registry);
    }

    @Override
    public void redeemed(String outcome) {
        redemptions(outcome).increment();
    }

    private Counter redemptions(String outcome) {
        return Counter.builder("segue.transfer.redemptions")
                .description("Session transfer tokens presented to /authorize")
                .tag("outcome", outcome)
                .register(registry);
    }

    @Override
    public void usedAgain() {
        usesAgain().increment();
    }

    private Counter usesAgain() {
        return Counter.builder("segue.transfer.used.again")
                .description("Session transfer tokens presented again within their minute")
                .register(registry);
    }

    @Override
    public void misbound(Device issuedTo, Device presentedBy) {
        misbindings(families(issuedTo, presentedBy), networks(issuedTo, presentedBy)).increment();
    }

    private Counter misbindings(String families, String networks) {
        return Counter.builder("segue.transfer.misbound")
                .description("Session transfer tokens that came from another device")
                .tag("families", families)
                .tag("networks", networks)
                .register(registry);
    }

    /// `mixed` is a phone whose app and whose browser prefer different versions of IP.
    private static String families(Device one, Device other) {
        var isSame = one.address().bytes().length == other.address().bytes().length;
        return isSame ? "same" : "mixed";
    }

    /// `same` is a phone whose address changes within a provider's network: binding by `asn` would
    /// have accepted it.
    private static String networks(Device one, Device other) {
        if (one.asn().isEmpty() || other.asn().isEmpty()) return "unknown";
        return one.asn().equals(other.asn()) ? "same" : "other";
    }

    @Override
    public void ended(Receipt receipt) {
        if (receipt.equals(Receipt.NOTHING)) return;
        cascade("sessions").record(receipt.sessions().size());
        cascade("families").record(receipt.families().size());
    }

    private DistributionSummary cascade(String what) {
        return DistributionSummary.builder("segue.cascade.size")
                .description("How much one ending ended, itself included")
                .tag("of", what)
                .serviceLevelObjectives(1, 2, 5, 10, 50, 100, 1000)
                .register(registry);
    }

    /// A run of all Actions of a trigger.
    ///
    /// @param outcome a word of ours
    public void actionsRan(String trigger, String outcome, Duration took) {
        actionRuns(trigger, outcome).record(took);
    }

    /// Actions may run for a trigger, and none has yet.
    public void actionsMayRun(String trigger) {
        actionRuns(trigger, "completed");
    }

    private Timer actionRuns(String trigger, String outcome) {
        return Timer.builder("segue.actions.runs")
                .description("Runs of the Actions of a trigger, by outcome")
                .tag("trigger", trigger)
                .tag("outcome", outcome)
                .serviceLevelObjectives(STEPS)
                .register(registry);
    }

    /// The key that signs.
    ///
    /// @param age of the one that does at that time, in seconds
    public void signingKey(String algorithm, Supplier<Number> age) {
        Gauge.builder("segue.signing.key.age.seconds", age)
                .description("How long the key that signs now has done so")
                .tag("algorithm", algorithm)
                .register(registry);
    }

    /// A file about networks that is in use.
    ///
    /// @param file which, in a word of ours
    /// @param age of its data, in seconds
    public void networkFile(String file, Supplier<Number> age) {
        Gauge.builder("segue.network.file.age.seconds", age)
                .description("How long ago the data in use was put together")
                .tag("file", file)
                .register(registry);
        networkFilesRefused(file);
    }

    /// A file about networks has changed, and can't be used.
    public void networkFileRefused(String file) {
        networkFilesRefused(file).increment();
    }

    private Counter networkFilesRefused(String file) {
        return Counter.builder("segue.network.file.refused")
                .description("New files that couldn't be used; the one before stays in use")
                .tag("file", file)
                .register(registry);
    }

    /// Who is let in, by lane.
    public void admission(Admission admission) {
        for (var lane : Lane.values()) {
            if (lane == Lane.OPERATIONS) continue;
            var word = lane.name().toLowerCase(Locale.ROOT);
            Gauge.builder("segue.admission.limit", () -> admission.limit(lane))
                    .description("Requests that may be worked on at once")
                    .tag("lane", word)
                    .register(registry);
            Gauge.builder("segue.admission.under.way", () -> admission.in(lane))
                    .description("Requests that are worked on")
                    .tag("lane", word)
                    .register(registry);
            FunctionCounter.builder("segue.admission.admitted", admission, it -> it.admitted(lane))
                    .description("Requests that were let in")
                    .tag("lane", word)
                    .register(registry);
            FunctionCounter.builder("segue.admission.refused", admission, it -> it.refused(lane))
                    .description("Requests for which there was no room")
                    .tag("lane", word)
                    .register(registry);
        }
    }

    /// Something that has a level.
    public void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    /// Something that is counted elsewhere and only grows; `_total` is appended to its name.
    public void counter(String name, String description, Supplier<Number> value) {
        FunctionCounter.builder(name, value, it -> it.get().doubleValue())
                .description(description)
                .register(registry);
    }

    /// `GET /metrics` on the shared port: for this machine only (THREATS R56.1).
    public Response scrapeFromHere(Request request) {
        return request.client().isLoopback() ? scrape(request) : Response.text(404, "Not Found");
    }

    /// `GET /metrics` on a port of its own, which the operator keeps from the world.
    public Response scrape(Request request) {
        return Response.text(200, registry.scrape());
    }
}
