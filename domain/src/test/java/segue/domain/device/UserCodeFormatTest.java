package segue.domain.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.device.UserCodeFormat.Charset;

/// What user codes look like (RFC 8628 §6.1).
class UserCodeFormatTest {
    @Test
    void theCharactersStandWhereTheMaskHasStars() {
        assertThat(UserCodeFormat.USUAL.show("WDJBMJHT")).isEqualTo("WDJB-MJHT");
        assertThat(UserCodeFormat.of(Charset.DIGITS).show("019450730")).isEqualTo("019-450-730");
        var spaced = new UserCodeFormat(Charset.DIGITS, "** ** ** **");
        assertThat(spaced.length()).isEqualTo(8);
        assertThat(spaced.show("12345678")).isEqualTo("12 34 56 78");
    }

    @Test
    void howItIsTypedDoesNotMatter() {
        for (var typed : new String[] {"WDJB-MJHT", "wdjbmjht", " wd jb.mj ht ", "WDJB—MJHT"}) {
            assertThat(UserCodeFormat.read(typed)).as(typed).isEqualTo("WDJBMJHT");
            assertThat(UserCodeFormat.USUAL.tidy(typed)).as(typed).isEqualTo("WDJB-MJHT");
        }
        assertThat(UserCodeFormat.USUAL.tidy("019-450-730")).isEqualTo("019-450-730");
    }

    /// RFC 8628 §6.1: nothing that is mistaken for something else, and no vowels.
    @Test
    void theTwentyLettersAreTheStandards() {
        assertThat(Charset.BASE20.characters()).isEqualTo("BCDFGHJKLMNPQRSTVWXZ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"****-****", "***-***-***", "********", "** ** ** **"})
    void aMaskIsOfStarsHyphensAndSpaces(String mask) {
        assertThat(UserCodeFormat.problems(mask)).isEmpty();
    }

    /// RFC 8628 §5.1.
    @ParameterizedTest
    @ValueSource(strings = {"", "*******", "A***-****", "********************-", "----------"})
    void anyOtherMaskIsRefused(String mask) {
        assertThat(UserCodeFormat.problems(mask)).hasSize(1);
    }
}
