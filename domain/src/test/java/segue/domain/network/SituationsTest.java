package segue.domain.network;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// Real networks, and what each setting of `enforce_device_binding` makes of them: contract
/// native-to-web §6 and THREATS T-32. NetworkTableContract goes through the same table over HTTP.
class SituationsTest {
    static List<Situation> all() throws IOException {
        return Situation.all();
    }

    @ParameterizedTest
    @MethodSource("all")
    void eachSettingMakesOfASituationWhatTheTableSays(Situation situation) {
        assertThat(situation.found()).as(situation.name()).isEqualTo(situation.verdicts());
    }

    /// A verifier never makes anything worse.
    @ParameterizedTest
    @MethodSource("all")
    void whatIsAcceptedWithoutAVerifierIsAcceptedWithOne(Situation situation) {
        for (var setting : Situation.Setting.values())
            if (setting.compare(situation).isAccepted())
                assertThat(setting.compare(situation.proving()).isAccepted())
                        .as("%s, %s", setting, situation)
                        .isTrue();
    }

    @Test
    void everyCodeOfAMatchIsFoundInTheTable() throws IOException {
        var found =
                all().stream()
                        .flatMap(situation -> situation.verdicts().stream())
                        .map(Situation.Verdict::code)
                        .collect(Collectors.toSet());
        assertThat(found)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(DeviceMatch.values()).map(DeviceMatch::code).toList());
    }

    @Test
    void noTwoSituationsHaveOneName() throws IOException {
        assertThat(all()).extracting(Situation::name).doesNotHaveDuplicates();
    }
}
