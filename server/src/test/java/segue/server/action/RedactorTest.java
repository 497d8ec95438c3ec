package segue.server.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.domain.secret.Secret;

import java.util.List;

/// THREATS R46.4.
final class RedactorTest {
    private static final Redactor REDACTOR =
            new Redactor(
                    List.of(
                            new Secret("swordfish"),
                            new Secret("swordfish-2"),
                            new Secret("abc"),
                            new Secret("")));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "the word is swordfish. | the word is ***.",
                "swordfishswordfish | ******",
                "swordfish-2! | ***!",
                "abc and word and fish | abc and word and fish",
                "cut off: swordf | cut off: ***",
                "cut off: swordfish- | cut off: ***-",
                "cut off: swo | cut off: swo",
                "sword in the middle | sword in the middle",
            })
    void aSecretIsTakenOutWhereverItStands(String text, String redacted) {
        assertThat(REDACTOR.redact(text)).isEqualTo(redacted);
    }

    @Test
    void withoutSecretsNothingChanges() {
        assertThat(new Redactor(List.of()).redact("swordfish")).isEqualTo("swordfish");
    }
}
