package segue.server.password;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.secret.Secret;

/// Hashes that others made, verified here (THREATS R36.2, R36.3).
class StoredHashTest {
    private static final String OF_72_LETTERS =
            "$2b$05$CCCCCCCCCCCCCCCCCCCCC.ODcEJfYFxKziEakDsjep8mcF3zSCvHq";

    private static boolean matches(String password, String hash) {
        return StoredHash.parse(hash).orElseThrow().matches(new Secret(password));
    }

    /// Test vectors of crypt_blowfish, and one of them under the newer names.
    @ParameterizedTest
    @CsvSource({
        "U*U,$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "U*U*,$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK",
        "U*U*U,$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a",
        "U*U,$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "U*U,$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    })
    void anImportedBcryptHashVerifies(String password, String hash) {
        assertThat(matches(password, hash)).isTrue();
        assertThat(matches(password + "x", hash)).isFalse();
        assertThat(StoredHash.parse(hash).orElseThrow().isCurrent()).isFalse();
    }

    @Test
    void bcryptTakesNoPasswordOfWhichItWouldIgnoreTheEnd() {
        assertThat(matches("a".repeat(72), OF_72_LETTERS)).isTrue();
        assertThat(matches("a".repeat(71), OF_72_LETTERS)).isFalse();
        assertThat(matches("a".repeat(73), OF_72_LETTERS)).isFalse();
        assertThat(matches("a".repeat(72) + "é", OF_72_LETTERS)).isFalse();
    }

    /// Made with Python's argon2-cffi and hashlib.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0c2FsdA$LeZbD3UAKvUcACx9il4XPtXtFiDX3/ScRE4eQjOYNyM",
                "$argon2i$v=19$m=1024,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$jPEEk9XrW0S/N+dYBTgLiw",
                "$argon2d$v=19$m=1024,t=2,p=2$c2FsdHNhbHRzYWx0c2FsdA$aUkhROHAd+vE4oqQ28qC7j09doS1BGwSXsoV9K3sq2E",
                "$argon2id$v=16$m=1024,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$9Ky/XGXDbhT/R9Wqh1j6QTuvaSXRHABWbCQiNFuziVg",
                "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$cBg8D2DungRB9k76szThf5ehfyBz991ay6PT8Srwk4M",
                "$pbkdf2-sha512$i=1000,l=64$MDEyMzQ1Njc4OWFiY2RlZg$OM0FAoIqCVK1sWtxDiffVlBejtLa+ks4TP71JiecwuSZCG8iLbnlIEPOMoVX+i2B2wkSxjQ8CRGR9OkNGuIPMQ",
                "$pbkdf2-sha1$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$aUfE2vx5Q7zgbb0jx49AaNpXUQQ",
                "$pbkdf2-sha256$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$cBg8D2DungRB9k76szThf5ehfyBz991ay6PT8Srwk4M"
            })
    void aHashThatAnotherLanguageMadeVerifies(String hash) {
        assertThat(matches("correct horse", hash)).isTrue();
        assertThat(matches("correct horsf", hash)).isFalse();
        assertThat(StoredHash.parse(hash).orElseThrow().isCurrent()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "correct horse",
                "5f4dcc3b5aa765d61d8327deb882cf99",
                "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
                "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
                "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
                "$argon2id$",
                "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0",
                "$argon2id$v=18$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
                "$argon2id$v=19$m=x,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
                "$pbkdf2-md5$i=1000,l=16$c2FsdA$aGFzaGhhc2hoYXNoaGFzaA",
                "$pbkdf2-sha256$i=1000,l=32$c2FsdA$aGFzaGhhc2hoYXNoaGFzaA",
                "$pbkdf2-sha256$i=1000$c2FsdA$a"
            })
    void whatWeCannotVerifyIsNoHash(String text) {
        assertThat(StoredHash.parse(text)).isEmpty();
    }

    /// Otherwise an import could bring a node down with one sign-in.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "$2a$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
                "$2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
                "$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
                "$argon2id$v=19$m=262144,t=5,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
                "$argon2id$v=19$m=64,t=9999,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
                "$argon2id$v=19$m=0,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
                "$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
                "$argon2id$v=19$m=64,t=1,p=0$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
                "$argon2id$v=19$m=64,t=1,p=9$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
                "$pbkdf2-sha256$i=9999999,l=16$c2FsdA$aGFzaGhhc2hoYXNoaGFzaA",
                "$pbkdf2-sha256$i=0,l=16$c2FsdA$aGFzaGhhc2hoYXNoaGFzaA"
            })
    void unbearableParametersAreNoHash(String text) {
        assertThat(StoredHash.parse(text)).isEmpty();
    }

    @Test
    void ourOwnHashIsCurrent() {
        var hash = StoredHash.parse(StoredHash.of(new Secret("a"))).orElseThrow();
        assertThat(hash.isCurrent()).isTrue();
    }
}
