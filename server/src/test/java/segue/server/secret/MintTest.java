package segue.server.secret;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/// What is minted has the contract's form, and a type (THREATS R12.1).
class MintTest {
    private final Mint mint = new Mint();

    @ParameterizedTest
    @EnumSource
    void aMintedSecretIsReadAsItsOwnTypeAndAsNoOther(SecretType type) {
        var text = mint.secret(type).reveal();
        for (var any : SecretType.values())
            assertThat(any.parse(text).isPresent()).as(any.name()).isEqualTo(any == type);
    }

    @Test
    void theContractsPrefixesAreKept() {
        assertThat(mint.secret(SecretType.SESSION_TRANSFER_TOKEN).reveal())
                .matches("stt_[A-Za-z0-9_-]{43}");
        assertThat(mint.secret(SecretType.REFRESH_TOKEN).reveal())
                .matches("v1\\.[A-Za-z0-9_-]{43}");
        assertThat(mint.secret(SecretType.ACCESS_TOKEN).reveal()).matches("at_[A-Za-z0-9_-]{43}");
    }

    @Test
    void identifiersHaveTheContractsForm() {
        assertThat(mint.session().value()).matches("[A-Za-z0-9_-]{32}");
        assertThat(mint.family().value()).matches("[A-Za-z0-9_-]{32}");
        assertThat(mint.transfer().value()).matches("[A-Za-z0-9_-]{32}");
        assertThat(mint.client().value()).matches("[A-Za-z0-9]{32}");
        assertThat(mint.clientSecret().reveal()).matches("[A-Za-z0-9_-]{64}");
        assertThat(mint.connection().value()).matches("con_[A-Za-z0-9]{16}");
        assertThat(mint.organization().value()).matches("org_[A-Za-z0-9]{16}");
        assertThat(mint.clientGrant()).matches("cgr_[A-Za-z0-9]{16}");
        assertThat(mint.hexadecimal()).matches("[0-9a-f]{24}");
    }

    @Test
    void nothingIsMintedTwice() {
        var seen = new HashSet<String>();
        for (var i = 0; i < 10_000; i++) {
            assertThat(seen.add(mint.secret(SecretType.SESSION_COOKIE).reveal())).isTrue();
            assertThat(seen.add(mint.client().value())).isTrue();
            assertThat(seen.add(mint.hexadecimal())).isTrue();
        }
    }

    @Test
    void theSameChanceMintsTheSame() {
        List<Function<Mint, String>> kinds =
                List.of(
                        it -> it.secret(SecretType.REFRESH_TOKEN).reveal(),
                        it -> it.client().value(),
                        Mint::hexadecimal);
        for (var kind : kinds) {
            var one = kind.apply(new Mint(new Random(7)));
            assertThat(kind.apply(new Mint(new Random(7)))).isEqualTo(one);
            assertThat(kind.apply(new Mint(new Random(8)))).isNotEqualTo(one);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anotherLengthOrCharacterIsNothingToLookUp(SecretType type) {
        var text = mint.secret(type).reveal();
        assertThat(type.parse(text.substring(0, text.length() - 1))).isEmpty();
        assertThat(type.parse(text + "A")).isEmpty();
        assertThat(type.parse(text + "\n")).isEmpty();
        assertThat(type.parse(" " + text)).isEmpty();
        assertThat(type.parse("")).isEmpty();
        for (var odd : List.of("=", "+", "/", ".", "%", "\u0000", "é", "٣", "\uD83D\uDE00"))
            assertThat(type.parse(text.substring(0, text.length() - odd.length()) + odd))
                    .as(odd)
                    .isEmpty();
    }
}
