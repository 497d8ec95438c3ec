package segue.server.profile;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.storage.jdbc.UserTable;

import java.time.Instant;
import java.util.Optional;

class MaskedNameTest {
    private static Optional<String> masked(String document) {
        return MaskedName.of(new UserTable.Profile(document, Instant.EPOCH, Instant.EPOCH));
    }

    @ParameterizedTest
    @CsvSource({
        "kim@example.org, k•••@example.org",
        "k@example.org, k•••@example.org",
        "😀x@example.org, 😀•••@example.org",
        "@example.org, @•••"
    })
    void ofAnAddressOnlyTheFirstLetterAndTheDomainAreShown(String email, String shown) {
        assertThat(masked("{\"email\":\"" + email + "\",\"name\":\"Kim\"}")).hasValue(shown);
    }

    @Test
    void whoHasNoAddressIsShownByTheFirstLetterOfTheirName() {
        assertThat(masked("{\"name\":\"Kim Lee\"}")).hasValue("K•••");
        assertThat(masked("{\"nickname\":\"lee\",\"name\":\"Kim Lee\"}")).hasValue("l•••");
        assertThat(masked("{}")).isEmpty();
    }
}
