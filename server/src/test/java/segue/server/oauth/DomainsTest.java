package segue.server.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

/// Contract operator §2, `custom-domains`.
class DomainsTest {
    private final Domains plain = new Domains("https://id.example/", List.of("Login.example"));
    private final Domains onPort = new Domains("http://localhost:8080/", List.of("login.example"));

    @Test
    void theIssuerFollowsTheHost() {
        for (var host : List.of("login.example", "LOGIN.example", "login.example:443"))
            assertThat(plain.issuer(host)).isEqualTo("https://login.example/");
        for (var host : List.of("id.example", "id.example:443", "ID.EXAMPLE", "evil.example", ""))
            assertThat(plain.issuer(host)).isEqualTo("https://id.example/");
        assertThat(onPort.issuer("login.example:8080")).isEqualTo("http://login.example:8080/");
        assertThat(plain.issuers())
                .containsExactlyInAnyOrder("https://id.example/", "https://login.example/");
    }

    @Test
    void noOtherHostIsOurs() {
        for (var host : List.of("id.example", "Login.Example", "login.example:443"))
            assertThat(plain.isOurs(host)).as(host).isTrue();
        for (var host :
                List.of(
                        "",
                        "example",
                        "x.login.example",
                        "login.example.",
                        "login.example:80",
                        "login.example:8443",
                        "login.example@evil.example",
                        "none.invalid")) assertThat(plain.isOurs(host)).as(host).isFalse();
        assertThat(onPort.isOurs("login.example")).isFalse();
    }

    /// THREATS R12.2.
    @Test
    void aTransferIsAskedForUnderAnyOfOurNamesAndNoOther() {
        for (var host : List.of("id.example", "login.example", "LOGIN.example", "id.example:443"))
            assertThat(plain.isOurTransfer("urn:" + host + ":session_transfer")).as(host).isTrue();
        for (var host : List.of("evil.example", "x.id.example", "id.example:80", "", "id"))
            assertThat(plain.isOurTransfer("urn:" + host + ":session_transfer")).as(host).isFalse();
        for (var host : List.of("localhost", "localhost:8080", "login.example:8080"))
            assertThat(onPort.isOurTransfer("urn:" + host + ":session_transfer")).as(host).isTrue();
    }
}
