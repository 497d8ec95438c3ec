package segue.domain.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class LogoutUrisTest {
    private static final LogoutUris URIS =
            new LogoutUris(
                    List.of(
                            "https://*.shop.example/bye?x=1",
                            "https://shop.example/",
                            "org.example.app://id.example/ios/org.example.app/callback",
                            "https://*.example",
                            "https://evil*.example/"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://shop.example/",
                "https://de.shop.example/bye?x=1",
                "org.example.app://id.example/ios/org.example.app/callback"
            })
    void aListedUriIsAllowed(String uri) {
        assertThat(URIS.allows(uri)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://shop.example",
                "https://shop.example/?x",
                "https://SHOP.example/",
                "https://de.shop.example/bye",
                "https://a.b.shop.example/bye?x=1",
                "https://.shop.example/bye?x=1",
                "https://evil.test/.shop.example/bye?x=1",
                "https://evil.test#.shop.example/bye?x=1",
                "https://u@evil.shop.example/bye?x=1",
                "https://*.shop.example/bye?x=1",
                "http://de.shop.example/bye?x=1",
                "https://evil.example",
                "https://evilest.example/"
            })
    void anythingElseIsNot(String uri) {
        assertThat(URIS.allows(uri)).isFalse();
    }

    @Test
    void whoAsksForNoPlaceIsSentToTheFirstThatIsOne() {
        assertThat(URIS.first()).hasValue("https://shop.example/");
        assertThat(new LogoutUris(List.of("https://*.shop.example/")).first()).isEmpty();
    }
}
