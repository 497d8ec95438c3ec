package segue.server.logging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.server.http.Method;

import tools.jackson.databind.json.JsonMapper;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

final class AccessLogTest {
    private static final Instant NOW = Instant.parse("2026-11-26T10:00:00.123456Z");
    private final JsonMapper json = new JsonMapper();

    @Test
    void aLineHasTheFieldsOfTheListInTheirOrder() {
        assertThat(AccessLog.text(line("/oauth/token")))
                .isEqualTo(
                        """
                        {"log":"access","time":"2026-11-26T10:00:00.123Z","request_id":"r1",\
                        "method":"POST","route":"/oauth/token","status":200,"duration_ms":3.274,\
                        "bytes":512,"client_id":"app","outcome":"granted","family_id":"f1",\
                        "trace_id":"0af7651916cd43dd8448eb211c80319c"}
                        """);
    }

    @Test
    void whatIsntKnownIsLeftOut() {
        var line =
                new Access(
                        NOW,
                        "r1",
                        Method.GET,
                        "unmatched",
                        404,
                        Duration.ofNanos(1500),
                        0,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty());
        assertThat(json.readTree(AccessLog.text(line)).propertyNames())
                .containsExactly(
                        "log",
                        "time",
                        "request_id",
                        "method",
                        "route",
                        "status",
                        "duration_ms",
                        "bytes");
    }

    @Test
    void thePageListsTheFieldsAndNoOthers() throws IOException {
        var section =
                Files.readString(Path.of("../docs/observability.md"))
                        .replaceFirst("(?s).*\n## Access log(.*?)\n## .*", "$1");
        assertThat(
                        section.lines()
                                .filter(row -> row.startsWith("| `"))
                                .map(row -> row.split("`", 3)[1]))
                .containsExactlyElementsOf(
                        Arrays.stream(AccessField.values()).map(AccessField::word).toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\nINFO forged",
                "a\r\nb",
                "\u001b[2J",
                "a\u0000b",
                "\u2028x",
                "\u202Eevil",
                "\uD800x",
                "\u0085next",
                "\"},{\"log\":\"access",
                "\\\"}\n{",
                "\u007f"
            })
    void hostileTextStaysInsideItsField(String hostile) {
        var text =
                AccessLog.text(
                        new Access(
                                NOW,
                                hostile,
                                Method.GET,
                                hostile,
                                200,
                                Duration.ZERO,
                                0,
                                Optional.of(new ClientId(hostile)),
                                Optional.of(hostile),
                                Optional.of(new FamilyId(hostile)),
                                Optional.of(hostile)));
        assertThat(text).endsWith("}\n");
        assertThat(text.stripTrailing().codePoints())
                .noneMatch(Character::isISOControl)
                .noneMatch(point -> point == 0x2028 || point == 0x202E)
                .noneMatch(point -> point >= 0xD800 && point <= 0xDFFF);
        assertThat(json.readTree(text).propertyNames())
                .containsExactlyElementsOf(
                        Arrays.stream(AccessField.values()).map(AccessField::word).toList());
    }

    @Test
    void whatWaitsIsWrittenAtTheEnd() {
        var written = new ByteArrayOutputStream();
        try (var log = new AccessLog(written)) {
            for (var i = 0; i < 1000; i++) log.write(line("/" + i));
        }
        var lines = written.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(1000);
        assertThat(json.readTree(lines.getLast()).path("route").asString()).isEqualTo("/999");
    }

    /// A full disk or a reader that stopped reading must not stop a login.
    @Test
    void aRequestNeverWaitsForTheLogAndWhatIsDroppedIsCounted() {
        var stuck = new Stuck();
        try (var log = new AccessLog(stuck, 10)) {
            log.write(line("/first"));
            stuck.awaitWriter();
            for (var i = 0; i < 25; i++) log.write(line("/" + i));
            assertThat(log.waiting()).isEqualTo(10);
            assertThat(log.dropped()).isEqualTo(15);
            stuck.free();
        }
    }

    @Test
    void whatCannotBeWrittenIsCounted() {
        var log = new AccessLog(new Broken());
        for (var i = 0; i < 3; i++) log.write(line("/" + i));
        log.close();
        assertThat(log.dropped()).isEqualTo(3);
        assertThat(log.waiting()).isZero();
    }

    private static final class Broken extends OutputStream {
        @Override
        public void write(int one) throws IOException {
            throw new IOException("No space left on device");
        }
    }

    private static final class Stuck extends OutputStream {
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch freed = new CountDownLatch(1);

        void awaitWriter() {
            await(reached);
        }

        void free() {
            freed.countDown();
        }

        private static void await(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void write(int one) {
            reached.countDown();
            await(freed);
        }
    }

    private static Access line(String route) {
        return new Access(
                NOW,
                "r1",
                Method.POST,
                route,
                200,
                Duration.ofNanos(3_274_000),
                512,
                Optional.of(new ClientId("app")),
                Optional.of("granted"),
                Optional.of(new FamilyId("f1")),
                Optional.of("0af7651916cd43dd8448eb211c80319c"));
    }
}
