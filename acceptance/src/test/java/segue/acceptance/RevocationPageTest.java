package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.acceptance.KinScene.Alive;
import segue.acceptance.RevocationContract.Trigger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The page about endings says what the stories show.
class RevocationPageTest {
    private static final Path PAGE = Path.of("../docs/revocation.md");

    @Test
    void theTableOnThePageIsTheOneThatTheStoriesGoThrough() throws IOException {
        assertThat(Files.readString(PAGE)).contains(table());
    }

    private static String table() {
        var head =
                "| What happens | App's refresh token | Unredeemed transfer | Web session | Web"
                        + " refresh token | Unredeemed code |\n"
                        + "|---|---|---|---|---|---|\n";
        return head
                + Stream.of(Trigger.values())
                        .map(RevocationPageTest::row)
                        .collect(Collectors.joining("\n"))
                + "\n";
    }

    private static String row(Trigger trigger) {
        return "| %s | %s | %s | %s | %s | %s |"
                .formatted(
                        trigger.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                        cell(trigger, Alive::family),
                        cell(trigger, Alive::transfer),
                        cell(trigger, Alive::session),
                        cell(trigger, Alive::webToken),
                        cell(trigger, Alive::code));
    }

    private static String cell(Trigger trigger, Predicate<Alive> lives) {
        Predicate<boolean[]> at =
                flags -> lives.test(RevocationContract.expected(trigger, flags[0], flags[1]));
        var cascadingOnline = at.test(new boolean[] {true, true});
        var cascading = at.test(new boolean[] {true, false});
        var online = at.test(new boolean[] {false, true});
        var neither = at.test(new boolean[] {false, false});
        if (cascadingOnline && cascading && online && neither) return "lives";
        if (!cascadingOnline && !cascading && !online && !neither) return "ends";
        if (!cascadingOnline && !cascading && online && neither) return "ends, if the app cascades";
        if (!cascadingOnline && cascading && !online && neither)
            return "ends, if the web app is online";
        throw new IllegalStateException("no words for " + trigger);
    }
}
