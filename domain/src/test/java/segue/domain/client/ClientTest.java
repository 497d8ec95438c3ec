package segue.domain.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.domain.identifier.ClientId;
import segue.domain.logout.BackchannelLogout;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

class ClientTest {
    private static Client client(boolean isNative, String... callbacks) {
        return new Client(
                new ClientId("c"),
                "c",
                ClientAuthentication.NONE,
                false,
                isNative,
                true,
                Set.of(),
                List.of(callbacks),
                Optional.empty(),
                List.of(),
                Set.of(),
                false,
                OrganizationUsage.DENY,
                "RS256",
                Duration.ofHours(10),
                new RefreshPolicy(false, Duration.ZERO, Optional.empty(), Optional.empty()),
                Map.of(),
                TransferPolicy.OFF,
                BackchannelLogout.OFF,
                false,
                false,
                false,
                false,
                Optional.empty());
    }

    @ParameterizedTest
    @CsvSource({
        "https://web.example/cb, https://web.example/cb, true",
        "https://web.example/cb, https://web.example/cb/, false",
        "https://web.example/cb, https://web.example/cb?x=1, false",
        "https://web.example/cb, https://WEB.example/cb, false",
        "https://web.example/cb, https://web.example:443/cb, false",
        "https://web.example/cb, https://web.example/./cb, false",
        "https://web.example/cb, https://web.example@evil.example/cb, false",
        "http://localhost/cb, http://localhost.evil.example/cb, false",
        "http://localhost/cb, http://localhost:8080/cb, false",
        "http://127.0.0.1/cb, http://127.0.0.1:51004/cb, false"
    })
    void aRedirectUriIsComparedByteForByte(
            String registered, String requested, boolean isAccepted) {
        assertThat(client(false, registered).redirectUri(requested).isPresent())
                .isEqualTo(isAccepted);
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1/cb, http://127.0.0.1:51004/cb, true",
        "http://127.0.0.1:1/cb, http://127.0.0.1:2/cb, true",
        "'http://[::1]/cb', 'http://[::1]:51004/cb', true",
        "http://127.0.0.1/cb, http://127.0.0.1:51004/other, false",
        "http://127.0.0.1/cb, 'http://[::1]:51004/cb', false",
        "http://127.0.0.1/cb, http://127.0.0.1.evil.example:5/cb, false",
        "http://127.0.0.1/cb, https://127.0.0.1:51004/cb, false",
        "http://localhost/cb, http://localhost:8080/cb, false"
    })
    void aNativeClientMayVaryThePortOfALoopbackLiteral(
            String registered, String requested, boolean isAccepted) {
        assertThat(client(true, registered).redirectUri(requested).isPresent())
                .isEqualTo(isAccepted);
    }
}
