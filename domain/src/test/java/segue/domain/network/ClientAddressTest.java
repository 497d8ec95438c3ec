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

    @Test
    void anIpv4MappedAddressIsTheIpv4Address() {
        var mapped = address("00000000000000000000ffffcb007107");
        assertThat(mapped).isEqualTo(address("cb007107")).hasSameHashCodeAs(address("cb007107"));
        assertThat(mapped.bytes()).hasSize(4);
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
