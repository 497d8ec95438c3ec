package segue.domain.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.util.HexFormat;

class SecretTest {
    @Test
    void aSecretIsNotPrinted() {
        assertThat(new Secret("hunter2").toString()).isEqualTo("Secret[***]");
        assertThat(new Secret("hunter2").hash().toString()).isEqualTo("SecretHash[***]");
    }

    @Test
    void theHashIsSha256OfTheUtf8Bytes() {
        var abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assertThat(HexFormat.of().formatHex(new Secret("abc").hash().bytes())).isEqualTo(abc);
    }

    @Test
    void equalSecretsAreTheSameAndHashAlike() {
        assertThat(new Secret("a").sameAs(new Secret("a"))).isTrue();
        assertThat(new Secret("a").sameAs(new Secret("b"))).isFalse();
        assertThat(new Secret("a").hash())
                .isEqualTo(new Secret("a").hash())
                .isNotEqualTo(new Secret("b").hash());
    }

    @Test
    void aHashOfAnotherLengthIsRefused() {
        assertThatThrownBy(() -> new SecretHash(new byte[31]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
