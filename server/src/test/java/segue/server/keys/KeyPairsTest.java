package segue.server.keys;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.keys.SigningAlgorithm;

class KeyPairsTest {
    /// One thumbprint in 64 begins with a hyphen, and `segue keys revoke` would take it for an
    /// option.
    @Test
    void noNameOfAKeyLooksLikeAnOption() {
        var pairs = new KeyPairs(SigningProvider.jdk("the test wants it"));
        for (var i = 0; i < 500; i++) {
            var key = pairs.generate(SigningAlgorithm.ES256).getPublic();
            assertThat(KeyPairs.thumbprint(SigningAlgorithm.ES256, key)).doesNotStartWith("-");
        }
    }
}
