package segue.domain.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HexFormat;

class ClientAddressTest {
    @ParameterizedTest
    @CsvSource({
        "cb007107, 203.0.113.7",
        "00000000000000000000ffffcb007107, 203.0.113.7",
        "00000000000000000000000000000001, ::1",
        "00000000000000000000000000000000, ::",
        "20010db8000000000000000000000001, 2001:db8::1",
        "20010db8000000010000000000000001, 2001:db8:0:1::1",
        "20010db8000100000001000000000000, 2001:db8:1:0:1::",
        "20010db8000000010001000100010001, 2001:db8:0:1:1:1:1:1",
        "fe800000000000000202b3fffe1e8329, fe80::202:b3ff:fe1e:8329"
    })
    void isWrittenAsRfc5952Says(String hex, String text) {
        assertThat(address(hex)).hasToString(text);
    }

    /// THREATS R35.1.
    @ParameterizedTest
    @CsvSource({
        "cb007107, 203.0.113.7",
        "00000000000000000000ffffcb007107, 203.0.113.7",
        "20010db80000000100000000000000ff, 2001:db8:0:1::/64",
        "20010db8000000010001000100010001, 2001:db8:0:1::/64",
        "00000000000000000000000000000001, ::/64"
    })
    void attemptsAreCountedForTheAddressOrTheIpv6Network(String hex, String network) {
        assertThat(address(hex).network()).isEqualTo(network);
    }

    @Test
    void anIpv4MappedAddressIsTheIpv4Address() {
        var mapped = address("00000000000000000000ffffcb007107");
        assertThat(mapped).isEqualTo(address("cb007107")).hasSameHashCodeAs(address("cb007107"));
        assertThat(mapped.bytes()).hasSize(4);
    }

    @ParameterizedTest
    @CsvSource({
        "01010101, true",
        "00000000, false",
        "0a000001, false",
        "643fffff, true",
        "64400000, false",
        "647fffff, false",
        "64800000, true",
        "7f000001, false",
        "a9fea9fe, false",
        "ac0fffff, true",
        "ac100000, false",
        "ac1fffff, false",
        "ac200000, true",
        "c0000001, false",
        "c0000201, false",
        "c0586301, false",
        "c0a80001, false",
        "c6120001, false",
        "c6336401, false",
        "cb007107, false",
        "dfffffff, true",
        "e0000001, false",
        "ffffffff, false",
        "26064700000000000000000000001111, true",
        "00000000000000000000000000000001, false",
        "0064ff9b000000000000000001010101, false",
        "fe800000000000000000000000000001, false",
        "fd000000000000000000000000000001, false",
        "ff020000000000000000000000000001, false",
        "20010000000000000000000000000001, false",
        "20010db8000000000000000000000001, false",
        "20020101010100000000000000000001, false",
        "20014860486000000000000000008888, true",
        "3fff0000000000000000000000000001, false"
    })
    void knowsWhatIsOnTheInternet(String hex, boolean isGlobal) {
        assertThat(address(hex).isGlobal()).isEqualTo(isGlobal);
    }

    @Test
    void knowsTheLoopbackRanges() {
        assertThat(address("7f000002").isLoopback()).isTrue();
        assertThat(address("00000000000000000000000000000001").isLoopback()).isTrue();
        assertThat(address("00000000000000000000ffff7f000001").isLoopback()).isTrue();
        assertThat(address("cb007107").isLoopback()).isFalse();
        assertThat(address("20010db8000000000000000000000001").isLoopback()).isFalse();
    }

    @Test
    void anotherNumberOfBytesIsRefused() {
        assertThatThrownBy(() -> ClientAddress.of(new byte[5]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static ClientAddress address(String hex) {
        return ClientAddress.of(HexFormat.of().parseHex(hex));
    }
}
