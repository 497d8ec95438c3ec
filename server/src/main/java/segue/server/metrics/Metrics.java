package segue.server.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import segue.server.http.Method;
import segue.server.http.Request;
import segue.server.http.Response;

import java.time.Duration;
import java.util.function.Supplier;

/// The meters of contract operator §3.
public final class Metrics {
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /// An answer, by route template, method and status: each has few values.
    public void served(String template, Method method, int status, Duration took) {
        Timer.builder("segue.http.requests")
                .description("Requests by route, method and status")
                .tag("route", template)
                .tag("method", method.name())
                .tag("status", Integer.toString(status))
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofSeconds(10))
                .register(registry)
                .record(took);
    }

    /// An exchange of a refresh token for a session transfer token.
    ///
    /// @param outcome `granted` or a reason code
    public void exchanged(String outcome) {
        registry.counter("segue.transfer.exchanges", "outcome", outcome).increment();
    }

    /// A redemption of a session transfer token.
    ///
    /// @param outcome `accepted` or a reason code
    public void redeemed(String outcome) {
        registry.counter("segue.transfer.redemptions", "outcome", outcome).increment();
    }

    /// Something that has a level.
    public void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    /// `GET /metrics`: for this machine only, because the port is shared with the world (THREATS
    /// R56.1).
    public Response scrape(Request request) {
        if (!request.client().isLoopback()) return Response.text(404, "Not Found");
        return Response.text(200, registry.scrape());
    }
}
