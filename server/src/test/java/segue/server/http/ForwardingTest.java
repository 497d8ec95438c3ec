package segue.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.network.ClientAddress;
import segue.server.settings.Cidr;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Trusted are 10.0.0.0/8 and 2001:db8::/32; fields are separated by `|`, in them name and value.
class ForwardingTest {
    private final Forwarding forwarding =
            new Forwarding(List.of(cidr("10.0.0.0/8"), cidr("2001:db8::/32")));

    private static Cidr cidr(String text) {
        return Cidr.parse(text).orElseThrow();
    }

    private static ClientAddress address(String text) {
        return AddressParser.parse(text).orElseThrow();
    }

    private static Headers headers(String fields) {
        var headers = new ArrayList<Header>();
        for (var field : fields.split("\\|", -1)) {
            if (field.isBlank()) continue;
            var colon = field.indexOf(':');
            headers.add(
                    new Header(
                            field.substring(0, colon).strip(), field.substring(colon + 1).strip()));
        }
        return new Headers(headers);
    }

    private Optional<String> client(String peer, String fields) {
        return forwarding.origin(address(peer), headers(fields)).map(it -> it.client().toString());
    }

    /// R30.1.
    @Test
    void byDefaultNoHeaderIsBelieved() {
        var nobody = new Forwarding(List.of());
        var headers =
                headers(
                        "X-Forwarded-For: 9.9.9.9 | Forwarded: for=9.9.9.9 | X-Real-IP: 9.9.9.9 |"
                                + " X-Forwarded-Proto: http");
        assertThat(nobody.origin(address("127.0.0.1"), headers))
                .contains(new Forwarding.Origin(address("127.0.0.1"), false));
    }

    /// R30.2, R30.3, R31.1.
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "192.0.2.1;X-Forwarded-For: 9.9.9.9;192.0.2.1",
                "192.0.2.1;Forwarded: for=9.9.9.9;192.0.2.1",
                "192.0.2.1;X-Forwarded-For: nonsense;192.0.2.1",
                "10.0.0.1;;10.0.0.1",
                "10.0.0.1;X_Forwarded_For: 9.9.9.9;10.0.0.1",
                "10.0.0.1;X-Real-IP: 9.9.9.9;10.0.0.1",
                "10.0.0.1;X-Forwarded-For: 192.0.2.7;192.0.2.7",
                "10.0.0.1;x-forwarded-for: 192.0.2.7;192.0.2.7",
                "10.0.0.1;X-Forwarded-For: 9.9.9.9, 192.0.2.7;192.0.2.7",
                "10.0.0.1;X-Forwarded-For: 9.9.9.9 | X-Forwarded-For: 192.0.2.7;192.0.2.7",
                "10.0.0.1;X-Forwarded-For: 9.9.9.9, 192.0.2.7, 10.0.0.2;192.0.2.7",
                "10.0.0.1;X-Forwarded-For: nonsense, 192.0.2.7;192.0.2.7",
                "10.0.0.1;X-Forwarded-For: 10.0.0.3, 10.0.0.2;10.0.0.3",
                "10.0.0.1;X-Forwarded-For: 192.0.2.7:4711;192.0.2.7",
                "10.0.0.1;X-Forwarded-For: 2001:db9::1;2001:db9::1",
                "10.0.0.1;X-Forwarded-For: [2001:DB9::1];2001:db9::1",
                "10.0.0.1;X-Forwarded-For: [2001:db9:0::1]:4711;2001:db9::1",
                "10.0.0.1;X-Forwarded-For: ::ffff:192.0.2.7;192.0.2.7",
                "::ffff:10.0.0.1;X-Forwarded-For: 192.0.2.7;192.0.2.7",
                "2001:db8::1;X-Forwarded-For: 192.0.2.7;192.0.2.7",
                "10.0.0.1;Forwarded: for=192.0.2.7;192.0.2.7",
                "10.0.0.1;Forwarded: For=\"[2001:db9::1]:4711\";2001:db9::1",
                "10.0.0.1;Forwarded: for=9.9.9.9, for=192.0.2.7, for=10.0.0.2;192.0.2.7",
                "10.0.0.1;Forwarded: for=192.0.2.7 | X-Forwarded-For: 192.0.2.7;192.0.2.7",
                "10.0.0.1;Forwarded: for=9.9.9.9 | Forwarded: for=192.0.2.7;192.0.2.7",
                "10.0.0.1;Forwarded: for=[2001:db9::1]:4711;2001:db9::1",
                "10.0.0.1;Forwarded: for=\"::ffff:192.0.2.7\";192.0.2.7",
                "10.0.0.1;X-Forwarded-For: [::ffff:192.0.2.7]:4711;192.0.2.7",
                "10.0.0.1;X-Forwarded-For: 0:0:0:0:0:FFFF:C000:0207;192.0.2.7",
                "10.0.0.1;X-Forwarded-For: 192.0.2.7:65535;192.0.2.7",
            })
    void theFirstUntrustedHopFromTheRightIsTheClient(String peer, String fields, String client) {
        assertThat(client(peer, fields == null ? "" : fields)).contains(client);
    }

    /// R30.4: never "unknown, so allowed".
    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Forwarded-For: unknown",
                "X-Forwarded-For:",
                "X-Forwarded-For: 192.0.2.7,",
                "X-Forwarded-For: 192.0.2.7, , 10.0.0.2",
                "X-Forwarded-For: localhost",
                "X-Forwarded-For: example.org",
                "X-Forwarded-For: 192.0.2.07",
                "X-Forwarded-For: 192.0.2",
                "X-Forwarded-For: 192.0.2.256",
                "X-Forwarded-For: 0x7f000001",
                "X-Forwarded-For: 2130706433",
                "X-Forwarded-For: fe80::1%eth0",
                "X-Forwarded-For: [2001:db9::1",
                "X-Forwarded-For: [2001:db9::1]x",
                "X-Forwarded-For: 192.0.2.7:port",
                "X-Forwarded-For: 192.0.2.7:",
                "X-Forwarded-For: 192.0.2.7:65536",
                "X-Forwarded-For: [192.0.2.7]",
                "X-Forwarded-For: \"192.0.2.7\"",
                "X-Forwarded-For: ::ffff:192.0.2.07",
                "X-Forwarded-For: 00001::1",
                "Forwarded:",
                "Forwarded: for=192.0.2.7,",
                "Forwarded: for=192.0.2.7;",
                "Forwarded: for=192.0.2.7 for=192.0.2.8",
                "Forwarded: for = 192.0.2.7",
                "Forwarded: for=\"192.0.2.7",
                "Forwarded: for=\"192.0.2.7\"x",
                "Forwarded: for=9.9.9.9;x=\", for=192.0.2.7",
                "Forwarded: for=\"192\\.0.2.7\"",
                "Forwarded: for=\"192.0.2.7, 192.0.2.8\"",
                "Forwarded: for=_hidden",
                "Forwarded: for=unknown",
                "Forwarded: proto=https",
                "Forwarded: for=192.0.2.7;for=192.0.2.8",
                "Forwarded: for=192.0.2.7;proto=gopher",
                "X-Forwarded-For: 192.0.2.7 | Forwarded: for=9.9.9.9",
                "X-Forwarded-For: 192.0.2.7 | X-Forwarded-Proto: gopher",
            })
    void whatATrustedProxyGarblesIsRefused(String fields) {
        assertThat(client("10.0.0.1", fields)).isEmpty();
    }

    /// What a proxy quotes may come from a stranger: it names nobody.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "host=\"evil, for=9.9.9.9;x=y\"",
                "host=\"evil;for=9.9.9.9\"",
                "by=\", for=9.9.9.9\"",
                "ext=\",\"",
            })
    void whatStandsInQuotesNamesNobody(String quoted) {
        assertThat(client("10.0.0.1", "Forwarded: for=192.0.2.7;" + quoted)).contains("192.0.2.7");
        assertThat(client("10.0.0.1", "Forwarded: for=10.0.0.2, " + quoted + ";for=192.0.2.7"))
                .contains("192.0.2.7");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "X-Forwarded-For: 192.0.2.7;false",
                "X-Forwarded-For: 192.0.2.7 | X-Forwarded-Proto: https;false",
                "X-Forwarded-For: 192.0.2.7 | X-Forwarded-Proto: http;true",
                "X-Forwarded-Proto: http;true",
                "X-Forwarded-For: 192.0.2.7, 10.0.0.2 | X-Forwarded-Proto: https, http;false",
                "X-Forwarded-For: 192.0.2.7, 10.0.0.2 | X-Forwarded-Proto: http, https;true",
                "X-Forwarded-For: 9.9.9.9, 192.0.2.7 | X-Forwarded-Proto: https, http;true",
            })
    void theSchemeIsTheOneThatTheClientSpoke(String fields, boolean isPlain) {
        assertThat(forwarding.origin(address("10.0.0.1"), headers(fields)))
                .get()
                .extracting(Forwarding.Origin::isPlain)
                .isEqualTo(isPlain);
        assertThat(forwarding.origin(address("192.0.2.1"), headers(fields)))
                .get()
                .extracting(Forwarding.Origin::isPlain)
                .isEqualTo(false);
    }
}
