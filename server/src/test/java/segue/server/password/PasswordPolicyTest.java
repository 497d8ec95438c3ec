package segue.server.password;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.server.password.PasswordPolicy.Flaw;
import segue.server.password.PasswordPolicy.Item;
import segue.server.password.PasswordPolicy.Rule;

import tools.jackson.databind.json.JsonMapper;

import java.util.List;
import java.util.Optional;

/// Which passwords may be set (THREATS R35.5).
class PasswordPolicyTest {
    private static final JsonMapper JSON = new JsonMapper();

    private static PasswordPolicy policy(String options) {
        return PasswordPolicy.of(JSON.readTree(options.replace('\'', '"')));
    }

    private static PasswordPolicy level(String level) {
        return policy("{'passwordPolicy':'" + level + "'}");
    }

    private static String flaw(PasswordPolicy policy, String password) {
        return policy.flaw(password, List.of("Kim-Lee", "Ödön", "ab")).map(Flaw::name).orElse("");
    }

    /// ASVS 6.2.4 asks for three thousand that the policy would let through.
    @Test
    void theListHasEnoughOfTheLengthThatIsAskedFor() {
        assertThat(CommonPasswords.size()).isGreaterThan(10_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"password", "PassWord", "12345678", "iloveyou1", "qwertyuiop", "1q2w3e4r5t"})
    void aCommonPasswordIsRefusedHoweverItIsWritten(String password) {
        for (var options : List.of("{}", "{'password_dictionary':{'enable':false}}"))
            assertThat(flaw(policy(options), password)).isEqualTo("PasswordDictionaryError");
    }

    @ParameterizedTest
    @CsvSource({
        "none, sevenal, false",
        "none, eight-al, true",
        "low, sevenal, false",
        "low, eightall, true",
        "fair, eightall, false",
        "fair, eightAll, false",
        "fair, e1ght-al, false",
        "fair, e1ghtAll, true",
        "good, eightall, false",
        "good, eightAll, false",
        "good, e1ght-al, true",
        "good, e1ghtAll, true",
        "good, 81-ghtal, true",
        "excellent, e1ght-al, false",
        "excellent, e1ght-all, false",
        "excellent, n1ne-almost, true",
        "excellent, n1ne-aaabbb, false",
        "excellent, n1ne-aabbcc, true"
    })
    void everyLevelAsksForWhatAuth0Documents(String level, String password, boolean isFine) {
        var found = flaw(level(level), password);
        assertThat(found.isEmpty()).as(found).isEqualTo(isFine);
        if (!isFine) assertThat(found).isEqualTo("PasswordStrengthError");
    }

    @Test
    void aLengthMayBeAskedForButNoShorterOneThanEight() {
        var long12 = policy("{'password_complexity_options':{'min_length':12}}");
        assertThat(flaw(long12, "elevenlette")).isEqualTo("PasswordStrengthError");
        assertThat(flaw(long12, "twelveletter")).isEmpty();
        var short1 = policy("{'password_complexity_options':{'min_length':1}}");
        assertThat(flaw(short1, "sevenal")).isEqualTo("PasswordStrengthError");
    }

    @Test
    void charactersAreCountedAndBytesBounded() {
        assertThat(flaw(policy("{}"), "🔑".repeat(7))).isEqualTo("PasswordStrengthError");
        assertThat(flaw(policy("{}"), "🔑".repeat(8))).isEmpty();
        assertThat(flaw(policy("{}"), "x".repeat(4096))).isEmpty();
        assertThat(flaw(policy("{}"), "é".repeat(2049))).isEqualTo("PasswordStrengthError");
        assertThat(flaw(level("good"), "пАроль7я")).isEmpty();
    }

    @Test
    void theConnectionsOwnWordsAreRefusedIfItSaysSo() {
        var words = "'dictionary':['Analytical Engine']";
        var on = policy("{'password_dictionary':{'enable':true," + words + "}}");
        var off = policy("{'password_dictionary':{'enable':false," + words + "}}");
        assertThat(flaw(on, "analytical ENGINE")).isEqualTo("PasswordDictionaryError");
        assertThat(flaw(on, "analytical engines")).isEmpty();
        assertThat(flaw(off, "analytical engine")).isEmpty();
    }

    @Test
    void whatIsKnownOfTheUserIsRefusedIfTheConnectionSaysSo() {
        var on = policy("{'password_no_personal_info':{'enable':true}}");
        for (var password : List.of("xxKIMxxxx", "my lee shore", "ödön was here"))
            assertThat(flaw(on, password)).isEqualTo("PasswordNoUserInfoError");
        // Two letters are in everything.
        assertThat(flaw(on, "abracadabra!")).isEmpty();
        assertThat(flaw(policy("{}"), "xxKIMxxxx")).isEmpty();
    }

    @Test
    void whoeverChoseAWeakOneIsToldWhatIsMissing() {
        var flaw = level("good").flaw("lower1x", List.of());
        assertThat(flaw)
                .contains(
                        new Flaw.Weak(
                                List.of(
                                        new Rule(
                                                "lengthAtLeast",
                                                "At least %d characters in length",
                                                List.of(8),
                                                List.of(),
                                                false),
                                        new Rule(
                                                "lengthAtMost",
                                                "At most %d bytes in length",
                                                List.of(4096),
                                                List.of(),
                                                true),
                                        new Rule(
                                                "containsAtLeast",
                                                "Contain at least %d of the following %d types of"
                                                        + " characters:",
                                                List.of(3, 4),
                                                List.of(
                                                        new Item(
                                                                "lowerCase",
                                                                "lower case letters (a-z)",
                                                                true),
                                                        new Item(
                                                                "upperCase",
                                                                "upper case letters (A-Z)",
                                                                false),
                                                        new Item(
                                                                "numbers",
                                                                "numbers (i.e. 0-9)",
                                                                true),
                                                        new Item(
                                                                "specialCharacters",
                                                                "special characters (e.g."
                                                                        + " !@#$%^&*)",
                                                                false)),
                                                false))));
        assertThat(policy("{'passwordPolicy':null}").flaw("anything goes", List.of()))
                .isEqualTo(Optional.empty());
    }
}
