package segue.server.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.read.ListAppender;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import segue.domain.secret.Secret;
import segue.server.settings.LogFormat;
import segue.server.settings.LogLevel;

import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

final class LogLineTest {
    private final JsonMapper json = new JsonMapper();

    @Test
    void aLineIsOneJsonObject() {
        var line =
                json(
                        logger ->
                                logger.atInfo()
                                        .addKeyValue("client_id", "abc")
                                        .addKeyValue("message", "of the caller")
                                        .log("token {}", "issued"));
        assertThat(line).endsWith("}\n").containsOnlyOnce("\n");
        var object = json.readTree(line);
        assertThat(object.get("level").asString()).isEqualTo("INFO");
        assertThat(object.get("logger").asString()).isEqualTo("segue.server.token.TokenEndpoint");
        assertThat(object.get("message").asString()).isEqualTo("token issued");
        assertThat(object.get("fields").get("client_id").asString()).isEqualTo("abc");
        assertThat(object.get("fields").get("message").asString()).isEqualTo("of the caller");
        assertThat(object.get("time").asString()).matches("\\d{4}-.*T.*Z");
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
                "\"},{\"level\":\"ERROR",
                "\u007f"
            })
    void hostileTextStaysInsideItsField(String hostile) {
        for (var format : LogFormat.values()) {
            var line =
                    encoded(
                            format,
                            logger -> logger.atInfo().addKeyValue(hostile, hostile).log(hostile));
            assertThat(line.stripTrailing().codePoints())
                    .noneMatch(Character::isISOControl)
                    .noneMatch(point -> point == 0x2028 || point == 0x202E)
                    .noneMatch(point -> point >= 0xD800 && point <= 0xDFFF);
        }
        var object =
                json.readTree(json(logger -> logger.atInfo().addKeyValue("x", hostile).log("m")));
        assertThat(object.propertyNames())
                .containsExactly("time", "level", "logger", "message", "fields");
        assertThat(object.get("level").asString()).isEqualTo("INFO");
    }

    @Test
    void aFieldHasAtMost256Characters() {
        var long300 = "x".repeat(300);
        var line =
                json(
                        logger ->
                                logger.atError()
                                        .addKeyValue("a", long300)
                                        .setCause(new IllegalStateException(long300))
                                        .log(long300));
        var object = json.readTree(line);
        assertThat(object.get("message").asString()).hasSize(256).endsWith("…");
        assertThat(object.get("fields").get("a").asString()).hasSize(256);
        object.get("trace")
                .forEach(frame -> assertThat(frame.asString()).hasSizeLessThanOrEqualTo(256));
        assertThat(Field.of("x".repeat(256))).isEqualTo("x".repeat(256));
        assertThat(Field.of("x".repeat(255) + "😀")).hasSize(256).endsWith("…");
    }

    @Test
    void aFailureIsToldWithItsCauses() {
        var failure = new IllegalStateException("outer", new IllegalArgumentException("inner"));
        var trace = json.readTree(json(logger -> logger.error("broken", failure))).get("trace");
        assertThat(trace.get(0).asString()).isEqualTo("java.lang.IllegalStateException: outer");
        assertThat(trace.get(1).asString()).startsWith("at segue.server.logging.LogLineTest");
        assertThat(trace.valueStream().map(frame -> frame.asString()))
                .contains("caused by java.lang.IllegalArgumentException: inner");
    }

    @Test
    void aSecretIsNotPrinted() {
        var secret = new Secret("canary");
        assertThat(json(logger -> logger.atInfo().addKeyValue("s", secret).log("{}", secret)))
                .doesNotContain("canary");
    }

    @Test
    void theTextFormatIsForPeople() {
        var line =
                encoded(
                        LogFormat.TEXT,
                        logger -> logger.atWarn().addKeyValue("clients", 3).log("look at this"));
        assertThat(line)
                .matches(
                        "\\d\\d:\\d\\d:\\d\\d\\.\\d{3} WARN  TokenEndpoint: look at this"
                                + " clients=3\n");
    }

    @Test
    void theLevelHoldsForUsAndLibrariesAreQuieter() {
        var context = new LoggerContext();
        Logging.configure(context, LogFormat.JSON, LogLevel.INFO);
        assertThat(context.getLogger("segue.server").getEffectiveLevel()).isEqualTo(Level.INFO);
        assertThat(context.getLogger("io.helidon.webserver").getEffectiveLevel())
                .isEqualTo(Level.WARN);
        Logging.configure(context, LogFormat.TEXT, LogLevel.DEBUG);
        assertThat(context.getLogger("io.helidon.webserver").getEffectiveLevel())
                .isEqualTo(Level.DEBUG);
        context.stop();
    }

    @Test
    void logbackIsSetUpByUsAndNotByFiles() {
        var root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        assertThat(root.getAppender("stderr")).isNotNull();
    }

    private static String json(Consumer<org.slf4j.Logger> use) {
        return encoded(LogFormat.JSON, use);
    }

    private static String encoded(LogFormat format, Consumer<org.slf4j.Logger> use) {
        var context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        var events = new ListAppender<ILoggingEvent>();
        events.setContext(context);
        events.start();
        var logger = context.getLogger("segue.server.token.TokenEndpoint");
        logger.addAppender(events);
        use.accept(logger);
        return new String(
                new LineEncoder(format).encode(events.list.getFirst()), StandardCharsets.UTF_8);
    }
}
