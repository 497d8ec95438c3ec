package segue.server.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Status;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.secret.Secret;
import segue.server.http.Method;
import segue.server.http.Site;
import segue.server.trail.Step;
import segue.server.trail.Trail;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

final class TracingTest {
    private static final Instant NOW = Instant.parse("2026-11-26T10:00:00.123456789Z");
    private static final Secret TRANSFER = new Secret("a-transfer");
    private static final String CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @Test
    void aRequestThatBroughtASecretIsLinkedToTheOneThatHandedItOut() {
        var exchange = spans(200, Optional.empty(), () -> Trail.issued(TRANSFER.hash()));
        var redemption = spans(302, Optional.empty(), () -> Trail.presented(TRANSFER.hash()));
        assertThat(redemption.getFirst().links()).containsExactly(exchange.getFirst().context());
        assertThat(redemption.getFirst().context().trace())
                .isNotEqualTo(exchange.getFirst().context().trace());
    }

    @Test
    void anotherSecretLeadsElsewhere() {
        var exchange = spans(200, Optional.empty(), () -> Trail.issued(TRANSFER.hash()));
        var other = spans(302, Optional.empty(), () -> Trail.presented(new Secret("other").hash()));
        assertThat(other.getFirst().links()).doesNotContain(exchange.getFirst().context());
    }

    /// Neither the secret nor the hash that the database holds.
    @Test
    void aTraceDoesNotTellTheSecretThatNamesIt() {
        var context = spans(200, Optional.empty(), () -> Trail.issued(TRANSFER.hash())).getFirst();
        var hash = HexFormat.of().formatHex(TRANSFER.hash().bytes());
        assertThat(hash).doesNotContain(context.context().trace(), context.context().span());
    }

    @Test
    void aCallersTraceIsALinkAndNothingElse() {
        var span = spans(200, Optional.of(CALLER), () -> {}).getFirst();
        var caller = new SpanContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        assertThat(span.links()).containsExactly(caller);
        assertThat(span.parent()).isEmpty();
        assertThat(span.context().trace()).isNotEqualTo(caller.trace());
    }

    /// W3C Trace Context §3.2.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x"
            })
    void aMalformedTraceparentIsIgnored(String traceparent) {
        assertThat(spans(200, Optional.of(traceparent), () -> {}).getFirst().links()).isEmpty();
    }

    @Test
    void theRequestsOfAFamilyAreInTheSampleTogether() {
        for (var i = 0; i < 200; i++) {
            var family = Optional.of(new FamilyId("family-" + i));
            var first = Tracing.isSampled(family, SpanContext.fresh(), 0.5);
            for (var again = 0; again < 10; again++)
                assertThat(Tracing.isSampled(family, SpanContext.fresh(), 0.5)).isEqualTo(first);
        }
    }

    @Test
    void theSampleHasTheShareThatTheOperatorWants() {
        for (var share : new double[] {0, 0.1, 0.5, 1}) {
            var families =
                    IntStream.range(0, 2000)
                            .filter(
                                    it ->
                                            Tracing.isSampled(
                                                    Optional.of(new FamilyId("f" + it)),
                                                    SpanContext.fresh(),
                                                    share))
                            .count();
            var others =
                    IntStream.range(0, 2000)
                            .filter(
                                    _ ->
                                            Tracing.isSampled(
                                                    Optional.empty(), SpanContext.fresh(), share))
                            .count();
            // Eight standard deviations at most.
            var tolerance = share == 0 || share == 1 ? 0L : 180L;
            assertThat(Math.abs(families - Math.round(2000 * share)))
                    .isLessThanOrEqualTo(tolerance);
            assertThat(Math.abs(others - Math.round(2000 * share))).isLessThanOrEqualTo(tolerance);
        }
    }

    @Test
    void openTelemetryReadsWhatWeSend() throws InvalidProtocolBufferException {
        var spans =
                spans(
                        503,
                        Optional.of(CALLER),
                        () -> {
                            Trail.by(new ClientId("app"));
                            Trail.about(new FamilyId("f1"));
                            Trail.ended("granted");
                            Trail.issued(TRANSFER.hash());
                            assertThat(Trail.step(Step.Kind.SIGN, () -> 7)).isEqualTo(7);
                        });
        var request = ExportTraceServiceRequest.parseFrom(Otlp.request(spans, "node-1"));
        assertThat(request.getUnknownFields().asMap()).isEmpty();
        var resource = request.getResourceSpans(0);
        assertThat(resource.getResource().getAttributesList())
                .extracting(it -> it.getKey() + "=" + it.getValue().getStringValue())
                .containsExactly("service.name=segue", "service.instance.id=node-1");
        var sent = resource.getScopeSpans(0).getSpansList();
        assertThat(sent).hasSize(2);
        var span = sent.getFirst();
        assertThat(span.getUnknownFields().asMap()).isEmpty();
        assertThat(span.getName()).isEqualTo("POST /oauth/token");
        assertThat(span.getKind())
                .isEqualTo(io.opentelemetry.proto.trace.v1.Span.SpanKind.SPAN_KIND_SERVER);
        assertThat(hex(span.getTraceId())).isEqualTo(spans.getFirst().context().trace());
        assertThat(hex(span.getSpanId())).isEqualTo(spans.getFirst().context().span());
        assertThat(span.getParentSpanId().isEmpty()).isTrue();
        assertThat(span.getStartTimeUnixNano()).isEqualTo(1_795_687_200_123_456_789L);
        assertThat(span.getEndTimeUnixNano() - span.getStartTimeUnixNano()).isEqualTo(12_000_000);
        assertThat(span.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
        assertThat(span.getAttributesList())
                .extracting(TracingTest::text)
                .containsExactly(
                        "http.request.method=POST",
                        "http.route=/oauth/token",
                        "http.response.status_code=503",
                        "segue.request_id=r1",
                        "segue.client_id=app",
                        "segue.outcome=granted",
                        "segue.family_id=f1");
        assertThat(hex(span.getLinks(0).getTraceId()))
                .isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(hex(span.getLinks(0).getSpanId())).isEqualTo("b7ad6b7169203331");
        var part = sent.getLast();
        assertThat(part.getName()).isEqualTo("sign");
        assertThat(part.getKind())
                .isEqualTo(io.opentelemetry.proto.trace.v1.Span.SpanKind.SPAN_KIND_INTERNAL);
        assertThat(part.getParentSpanId()).isEqualTo(span.getSpanId());
        assertThat(part.getTraceId()).isEqualTo(span.getTraceId());
        assertThat(part.getStartTimeUnixNano()).isGreaterThanOrEqualTo(span.getStartTimeUnixNano());
        assertThat(part.getEndTimeUnixNano()).isGreaterThanOrEqualTo(part.getStartTimeUnixNano());
    }

    @Test
    void withoutAFollowerNothingIsNoted() {
        Trail.by(new ClientId("app"));
        assertThat(Trail.step(Step.Kind.READ, () -> 1)).isEqualTo(1);
        assertThat(Trail.current()).isEmpty();
    }

    private static String hex(ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    private static String text(KeyValue attribute) {
        var value = attribute.getValue();
        return attribute.getKey()
                + "="
                + (value.hasIntValue() ? value.getIntValue() : value.getStringValue());
    }

    private static List<Span> spans(int status, Optional<String> traceparent, Runnable work) {
        var spans = new ArrayList<Span>();
        Trail.follow(
                NOW,
                () -> {
                    work.run();
                    var trail = Trail.current().orElseThrow();
                    spans.addAll(
                            Tracing.spans(
                                    trail.issued()
                                            .map(SpanContext::of)
                                            .orElseGet(SpanContext::fresh),
                                    new Site.Answered(
                                            "/oauth/token",
                                            Method.POST,
                                            status,
                                            Duration.ofMillis(12),
                                            0,
                                            "r1",
                                            traceparent),
                                    trail));
                });
        return spans;
    }
}
