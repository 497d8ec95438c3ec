package segue.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;
import segue.domain.network.ClientAddress;
import segue.domain.revocation.Receipt;
import segue.domain.transfer.Reason;
import segue.server.http.Method;
import segue.server.http.Request;
import segue.storage.Outcomes;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

final class MetricsTest {
    private final Metrics metrics = new Metrics();

    @Test
    void requestsAreCountedByRouteMethodAndStatus() {
        metrics.served("/oauth/token", Method.POST, 200, Duration.ofMillis(7));
        assertThat(scraped())
                .contains(
                        "segue_http_requests_seconds_bucket{method=\"POST\",route=\"/oauth/token\",status=\"200\",le=\"0.01\"}"
                            + " 1",
                        "segue_http_requests_seconds_bucket{method=\"POST\",route=\"/oauth/token\",status=\"200\",le=\"0.005\"}"
                            + " 0");
    }

    @Test
    void everyOutcomeIsThereBeforeItHappensAndNoOther() {
        assertThat(outcomes("exchanges")).isEqualTo(Outcomes.ofExchanges());
        assertThat(outcomes("redemptions")).isEqualTo(Outcomes.ofRedemptions());
        for (var reason : Reason.values())
            assertThat(scraped())
                    .contains(
                            "segue_transfer_redemptions_total{outcome=\""
                                    + reason.code()
                                    + "\"} 0");
        metrics.redeemed(Reason.OTHER_DEVICE.code());
        metrics.exchanged("granted");
        assertThat(scraped())
                .contains("segue_transfer_redemptions_total{outcome=\"other_device\"} 1")
                .contains("segue_transfer_exchanges_total{outcome=\"granted\"} 1");
    }

    @Test
    void everyMetricSaysWhatItIs() {
        assertThat(scraped().lines().filter(line -> line.startsWith("# HELP ")))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).matches("# HELP \\S+ \\S.*"));
    }

    /// THREATS R33.3.
    @Test
    void aNetworkFileIsMeasuredByItsAgeAndByWhatDidntReplaceIt() {
        metrics.networkFile("asn", () -> 3600);
        assertThat(scraped())
                .contains("segue_network_file_age_seconds{file=\"asn\"} 3600")
                .contains("segue_network_file_refused_total{file=\"asn\"} 0");
        metrics.networkFileRefused("asn");
        assertThat(scraped()).contains("segue_network_file_refused_total{file=\"asn\"} 1");
    }

    @Test
    void cascadesAreMeasuredByWhatTheyEnded() {
        metrics.ended(
                new Receipt(
                        List.of(new SessionId("s1"), new SessionId("s2")),
                        List.of(new FamilyId("f")),
                        List.of(new TransferId("t"))));
        metrics.ended(Receipt.NOTHING);
        assertThat(scraped())
                .contains("segue_cascade_size_sum{of=\"sessions\"} 2")
                .contains("segue_cascade_size_count{of=\"families\"} 1")
                .doesNotContain("s1");
    }

    @Test
    void aLevelIsAskedForWhenItIsRead() {
        metrics.gauge("segue.database.pending", "Units of work", () -> 3);
        assertThat(scraped()).contains("segue_database_pending 3");
    }

    @Test
    void onTheSharedPortOnlyThisMachineReadsThem() {
        assertThat(metrics.scrapeFromHere(from(127, 0, 0, 1)).status()).isEqualTo(200);
        assertThat(metrics.scrapeFromHere(from(10, 0, 0, 1)).status()).isEqualTo(404);
        assertThat(metrics.scrape(from(10, 0, 0, 1)).status()).isEqualTo(200);
    }

    private static Request from(int... address) {
        var bytes = new byte[address.length];
        for (var i = 0; i < bytes.length; i++) bytes[i] = (byte) address[i];
        return Request.to(Method.GET, "/metrics").from(ClientAddress.of(bytes));
    }

    /// The values of the label of a counter.
    private Set<String> outcomes(String counter) {
        return Pattern.compile("segue_transfer_" + counter + "_total\\{outcome=\"([^\"]*)\"} 0")
                .matcher(scraped())
                .results()
                .map(it -> it.group(1))
                .collect(Collectors.toSet());
    }

    private String scraped() {
        return metrics.scrape(Request.to(Method.GET, "/metrics")).text();
    }
}
