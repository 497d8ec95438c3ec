package segue.server.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;

final class CidrTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.0.1, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "203.0.113.7, 203.0.113.7, true",
        "203.0.113.7, 203.0.113.6, false",
        "0.0.0.0/0, 198.51.100.1, true",
        "0.0.0.0/0, 2001:db8::1, false",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
        "::1, ::1, true",
        "203.0.113.0/25, 203.0.113.127, true",
        "203.0.113.0/25, 203.0.113.128, false",
        "203.0.113.7, ::ffff:203.0.113.7, true",
    })
    void aRangeHoldsWhatSharesItsPrefix(String range, String address, boolean holds) {
        var cidr = Cidr.parse(range).orElseThrow();
        assertThat(cidr.contains(InetAddress.ofLiteral(address))).isEqualTo(holds);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/8",
                "10/8",
                "127.1",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/",
                "::/129",
                "10.0.0.1/8",
                "2130706433",
                "0x7f000001",
                "example.com/8",
                "fe80::1%eth0/64",
                "256.0.0.0/8",
                "10.0.0.0/8/8",
                " 10.0.0.0/8",
                "1.2.3.4, 5.6.7.8"
            })
    void anythingElseIsNoRange(String text) {
        assertThat(Cidr.parse(text)).isEmpty();
    }
}
