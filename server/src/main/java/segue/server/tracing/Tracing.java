package segue.server.tracing;

import segue.domain.identifier.FamilyId;
import segue.server.http.Site;
import segue.server.settings.Settings;
import segue.server.tracing.Span.Attribute;
import segue.server.trail.Step;
import segue.server.trail.Trail;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Makes spans of requests that were answered, and sends those that are in the sample
/// (docs/adr/0023-traces.md). Each request is a trace; what a hand-off consists of is held together
/// by the native family, which each of its spans names, and by links from a request that brought a
/// one-time secret to the one that handed it out.
public final class Tracing implements AutoCloseable {
    private final Collector collector;
    private final double sample;

    public Tracing(Settings.Tracing settings) {
        this.collector = new Collector(settings.endpoint());
        this.sample = settings.sample();
    }

    /// Sends the spans of a request that was answered.
    ///
    /// @return its trace id; empty if it isn't in the sample
    public Optional<String> follow(Site.Answered answer, Trail trail) {
        if (isOperational(answer.template())) return Optional.empty();
        var context = trail.issued().map(SpanContext::of).orElseGet(SpanContext::fresh);
        if (!isSampled(trail.family(), context, sample)) return Optional.empty();
        collector.send(spans(context, answer, trail));
        return Optional.of(context.trace());
    }

    /// Requests whose answers wait to be sent.
    public int waiting() {
        return collector.waiting();
    }

    /// Spans that were never sent.
    public long dropped() {
        return collector.dropped();
    }

    /// What monitoring asks all the time tells nothing.
    private static boolean isOperational(String template) {
        return template.startsWith("/health/") || template.equals("/metrics");
    }

    /// By the family, so that a hand-off is seen whole or not at all; never by what a caller says,
    /// for callers are strangers.
    static boolean isSampled(Optional<FamilyId> family, SpanContext context, double sample) {
        var dice = family.map(Tracing::dice).orElseGet(() -> dice(context));
        return (dice >>> 11) * 0x1.0p-53 < sample;
    }

    private static long dice(FamilyId family) {
        try {
            var bytes =
                    MessageDigest.getInstance("SHA-256")
                            .digest(("segue sample " + family).getBytes(StandardCharsets.UTF_8));
            return HexFormat.fromHexDigitsToLong(HexFormat.of().formatHex(bytes, 0, 8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static long dice(SpanContext context) {
        return HexFormat.fromHexDigitsToLong(context.trace(), 16, 32);
    }

    static List<Span> spans(SpanContext context, Site.Answered answer, Trail trail) {
        var links = new ArrayList<SpanContext>();
        trail.presented().map(SpanContext::of).ifPresent(links::add);
        answer.traceparent().flatMap(SpanContext::parse).ifPresent(links::add);
        var spans = new ArrayList<Span>();
        spans.add(
                new Span(
                        context,
                        Optional.empty(),
                        answer.method() + " " + answer.template(),
                        trail.begin(),
                        answer.took(),
                        attributes(answer, trail),
                        links,
                        answer.status() >= 500));
        for (var step : trail.steps()) spans.add(part(context, step, trail));
        return spans;
    }

    private static Span part(SpanContext of, Step step, Trail trail) {
        return new Span(
                new SpanContext(of.trace(), SpanContext.freshSpan()),
                Optional.of(of.span()),
                step.kind().words(),
                trail.begin().plus(step.after()),
                step.took(),
                Map.of(),
                List.of(),
                false);
    }

    private static Map<Attribute, Object> attributes(Site.Answered answer, Trail trail) {
        var attributes = new EnumMap<Attribute, Object>(Attribute.class);
        attributes.put(Attribute.METHOD, answer.method());
        attributes.put(Attribute.ROUTE, answer.template());
        attributes.put(Attribute.STATUS, answer.status());
        attributes.put(Attribute.REQUEST, answer.requestId());
        trail.client().ifPresent(it -> attributes.put(Attribute.CLIENT, it));
        trail.outcome().ifPresent(it -> attributes.put(Attribute.OUTCOME, it));
        trail.family().ifPresent(it -> attributes.put(Attribute.FAMILY, it));
        return attributes;
    }

    @Override
    public void close() {
        collector.close();
    }
}
