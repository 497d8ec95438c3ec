package segue.server.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebOriginTest {
    @ParameterizedTest
    @CsvSource({
        "https://app.example, https://app.example",
        "https://app.example/, https://app.example",
        "https://APP.example:443/callback?x=1#y, https://app.example",
        "https://app.example:8443/callback, https://app.example:8443",
        "http://app.example:80, http://app.example",
        "http://app.example:443, http://app.example:443",
        "http://localhost:3000/, http://localhost:3000",
        "'http://[::1]:3000/', 'http://[::1]:3000'",
        "https://someone@app.example/, https://app.example"
    })
    void itIsWhatABrowserSends(String url, String origin) {
        assertThat(WebOrigin.of(url)).contains(new WebOrigin(origin));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "*",
                "app.example",
                "com.example.app://callback",
                "file:///etc/passwd",
                "https://",
                "https:///x",
                "https://*.app.example",
                "https://a b",
                "javascript:alert(1)"
            })
    void nothingElseHasOne(String url) {
        assertThat(WebOrigin.of(url)).isEmpty();
    }
}
