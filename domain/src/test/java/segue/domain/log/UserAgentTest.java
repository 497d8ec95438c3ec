package segue.domain.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;

/// Contract management-api §8.
class UserAgentTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 | Chrome 131.0.0 / Mac OS X 10.15.7 | false
                    Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36 | Chrome Mobile 131.0.0 / Android 14.0.0 | true
                    Mozilla/5.0 (Linux; Android 13; SM-S901B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/112.0.5615.48 Mobile Safari/537.36 | Chrome Mobile WebView 112.0.5615 / Android 13.0.0 | true
                    Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.86 | Edge 131.0.2903 / Windows 10.0.0 | false
                    Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0 | Firefox 132.0.0 / Linux 0.0.0 | false
                    Mozilla/5.0 (iPhone; CPU iPhone OS 17_1_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1.2 Mobile/15E148 Safari/604.1 | Mobile Safari 17.1.2 / iOS 17.1.2 | true
                    Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/119.0.6045.109 Mobile/15E148 Safari/604.1 | Chrome Mobile iOS 119.0.6045 / iOS 17.1.0 | true
                    Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15 | Safari 17.1.0 / Mac OS X 10.15.7 | false
                    okhttp/4.12.0 | okhttp 4.12.0 / Other 0.0.0 | false
                    Java-http-client/25.0.1 | Java-http-client 25.0.1 / Other 0.0.0 | false
                    Shop/7 CFNetwork/1490.0.4 Darwin/23.2.0 | Shop 7.0.0 / Darwin 23.2.0 | false
                    Mozilla/5.0 | Other 0.0.0 / Other 0.0.0 | false
                    whatever it is | Other 0.0.0 / Other 0.0.0 | false
                    """)
    void aHeaderIsShortenedToBrowserAndSystem(String header, String shortForm, boolean isMobile) {
        assertThat(UserAgent.shortForm(header)).isEqualTo(shortForm);
        assertThat(UserAgent.isMobile(shortForm)).isEqualTo(isMobile);
    }

    @Test
    void noHeaderIsNothing() {
        assertThat(UserAgent.shortForm("")).isEmpty();
    }

    @Test
    void aHostileHeaderCostsNothing() {
        var hostile = "Mobile; iPhone OS ; wv) Chrome/1 Version/1".repeat(400);
        org.junit.jupiter.api.Assertions.assertTimeout(
                Duration.ofSeconds(1), () -> UserAgent.shortForm(hostile));
    }
}
