package segue.server.action;

import segue.domain.action.Event;
import segue.domain.action.Verdict;
import segue.domain.secret.Secret;
import segue.server.action.spi.PostLoginAction;
import segue.server.http.Method;
import segue.server.http.Outbound;
import segue.server.http.Request;
import segue.server.metrics.Metrics;
import segue.server.settings.Cidr;
import segue.server.settings.Settings;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// A pipeline with real workers, and scripts that a test binds.
final class Lab implements AutoCloseable {
    final Metrics metrics = new Metrics();
    final Workers workers;
    final AtomicInteger reads = new AtomicInteger();
    private final Outbound outbound =
            new Outbound(List.of(Cidr.parse("127.0.0.0/8").orElseThrow()));
    private final AtomicInteger ids = new AtomicInteger();
    private final List<Script> scripts = new ArrayList<>();
    private final Pipeline pipeline;
    private long revision;

    Lab(Workers workers, Duration deadline, PostLoginAction... inJava) {
        this.workers = workers;
        this.pipeline =
                new Pipeline(
                        new Scripts() {
                            @Override
                            public List<Script> boundTo(String trigger) {
                                reads.incrementAndGet();
                                return scripts;
                            }

                            @Override
                            public Optional<Script> judging(String subjectTokenType) {
                                return scripts.stream().findFirst();
                            }
                        },
                        workers,
                        new Settings.Actions(deadline, List.of("127.0.0.1"), 1),
                        outbound,
                        new JavaActions(List.of(inJava), 2),
                        metrics,
                        () -> "run" + ids.incrementAndGet(),
                        Clock.systemUTC());
    }

    static Workers workers(int limit) {
        return new Workers(Workers.installed(), limit);
    }

    /// Binds the bodies of post-login handlers, each as an Action of its own.
    void bind(String... bodies) {
        scripts.clear();
        for (var body : bodies) {
            var name = "action" + (scripts.size() + 1);
            var code =
                    body.contains("exports.")
                            ? body
                            : "exports.onExecutePostLogin = async (event, api) => {%s};"
                                    .formatted(body);
            bindScript(new Script(name, name, "v" + revision, code, Map.of()));
        }
        revision++;
    }

    private void bindScript(Script script) {
        scripts.add(script);
    }

    /// Binds a body with secrets.
    void bindWith(Map<String, String> secrets, String body) {
        bind(body);
        var it = scripts.removeFirst();
        var sealed = new LinkedHashMap<String, Secret>();
        secrets.forEach((name, value) -> sealed.put(name, new Secret(value)));
        bindScript(new Script(it.actionId(), it.name(), it.versionId(), it.code(), sealed));
        revision++;
    }

    Verdict run() {
        return run(Events.plain());
    }

    Verdict run(Event event) {
        return pipeline.run(revision, event, Redirection.first(true));
    }

    Pipeline pipeline() {
        return pipeline;
    }

    long revision() {
        return revision;
    }

    String scraped() {
        return metrics.scrape(Request.to(Method.GET, "/metrics")).text();
    }

    @Override
    public void close() {
        pipeline.close();
        outbound.close();
    }
}
