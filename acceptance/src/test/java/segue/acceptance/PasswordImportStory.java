package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import segue.demo.phone.Phone;
import segue.demo.story.World;
import segue.demo.wire.Answer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// People whose passwords were hashed elsewhere sign in with them, through every door, and have a
/// hash of ours afterwards (contract operator §4, THREATS R36.2, R36.3).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PasswordImportStory {
    private static final String OURS = "$argon2id$v=19$m=19456,t=2,p=1$";
    private static final String OF_72_LETTERS =
            "$2b$05$CCCCCCCCCCCCCCCCCCCCC.ODcEJfYFxKziEakDsjep8mcF3zSCvHq";

    private Optional<World> running = Optional.empty();

    /// Where somebody types a password, or has an app send it.
    enum Door {
        PAGE,
        PASSWORD_GRANT,
        PASSWORD_REALM_GRANT
    }

    /// Test vectors of crypt_blowfish, and what Python's argon2-cffi and hashlib made.
    enum Hash {
        BCRYPT_2A("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        BCRYPT_2B("U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        BCRYPT_2Y("U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        BCRYPT_72("a".repeat(72), OF_72_LETTERS),
        PBKDF2_SHA1(
                "correct horse",
                "$pbkdf2-sha1$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$aUfE2vx5Q7zgbb0jx49AaNpXUQQ"),
        PBKDF2_SHA256(
                "correct horse",
                "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg"
                        + "$cBg8D2DungRB9k76szThf5ehfyBz991ay6PT8Srwk4M"),
        PBKDF2_SHA512(
                "correct horse",
                "$pbkdf2-sha512$i=1000,l=64$MDEyMzQ1Njc4OWFiY2RlZg$OM0FAoIqCVK1sWtxDiffVlBejtLa+ks4"
                        + "TP71JiecwuSZCG8iLbnlIEPOMoVX+i2B2wkSxjQ8CRGR9OkNGuIPMQ"),
        ARGON2I(
                "correct horse",
                "$argon2i$v=19$m=1024,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$jPEEk9XrW0S/N+dYBTgLiw"),
        ARGON2ID(
                "correct horse",
                "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0c2FsdA"
                        + "$LeZbD3UAKvUcACx9il4XPtXtFiDX3/ScRE4eQjOYNyM");

        private final String password;
        private final String text;

        Hash(String password, String text) {
            this.password = password;
            this.text = text;
        }

        String user(Door door) {
            return (this + "." + door).toLowerCase(Locale.ROOT) + "@example.org";
        }
    }

    record Case(Hash hash, Door door) {
        @Override
        public String toString() {
            return hash + " " + door;
        }
    }

    private static Stream<Case> cases() {
        return Stream.of(Hash.values())
                .flatMap(hash -> Stream.of(Door.values()).map(door -> new Case(hash, door)));
    }

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        var tenant = folder.resolve("tenant.yaml");
        Files.writeString(tenant, tenantFile());
        running =
                Optional.of(
                        new World(
                                0, Map.of("log.level", "warn", "tenant-file", tenant.toString())));
    }

    private static String tenantFile() {
        var text =
                new StringBuilder(
                        """
                        resourceServers:
                          - {name: Orders, identifier: "%s"}
                        clients:
                          - {name: App, client_id: %s, app_type: native, token_endpoint_auth_method: none,
                             callbacks: ["org.example.demo://callback"],
                             grant_types: [authorization_code, password,
                                           "http://auth0.com/oauth/grant-type/password-realm"]}
                        users:
                        """
                                .formatted(World.API, World.APP));
        cases().forEach(it -> text.append(user(it.hash().user(it.door()), it.hash().text)));
        for (var door : Door.values()) text.append(user("long." + door, OF_72_LETTERS));
        return text.toString();
    }

    private static String user(String name, String hash) {
        var email = name.contains("@") ? name : name + "@example.org";
        return "  - {email: \"%s\", password_hash: \"%s\"}\n".formatted(email, hash);
    }

    @AfterAll
    void stop() {
        world().close();
    }

    private World world() {
        return running.orElseThrow();
    }

    private Answer signIn(Door door, String user, String password) {
        var phone = new Phone(world().wire("127.0.0.1"), world().app());
        return switch (door) {
            case PAGE -> phone.signIn(world().browser("127.0.0.1"), user, password, "openid");
            case PASSWORD_GRANT -> phone.signInByPasswordGrant(user, password, "openid");
            case PASSWORD_REALM_GRANT -> phone.signIn(user, password, "openid");
        };
    }

    private String stored(String user) throws IOException, SQLException {
        var file = world().folder().resolve("segue.db");
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var query =
                        connection.prepareStatement(
                                "SELECT password_hash FROM app_user WHERE email = ?")) {
            query.setString(1, user);
            try (var rows = query.executeQuery()) {
                assertThat(rows.next()).isTrue();
                return rows.getString(1);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anImportedHashSignsInAndIsReplacedByOneOfOurs(Case one) throws Exception {
        var user = one.hash().user(one.door());
        assertThat(signIn(one.door(), user, one.hash().password + "x").isOk()).isFalse();
        assertThat(stored(user)).isEqualTo(one.hash().text);
        assertThat(signIn(one.door(), user, one.hash().password).status()).isEqualTo(200);
        var ours = stored(user);
        assertThat(ours).startsWith(OURS);
        assertThat(signIn(one.door(), user, one.hash().password).status()).isEqualTo(200);
        assertThat(signIn(one.door(), user, one.hash().password + "x").isOk()).isFalse();
        // Once is enough.
        assertThat(stored(user)).isEqualTo(ours);
    }

    /// bcrypt looks at 72 bytes and no further: CVE-2025-22228 let in whoever knew those.
    @ParameterizedTest
    @EnumSource
    void aPasswordThatBcryptWouldCutIsWrong(Door door) throws Exception {
        var user = "long." + door + "@example.org";
        for (var longer : new String[] {"a".repeat(73), "a".repeat(72) + "é", "a".repeat(200)})
            assertThat(signIn(door, user, longer).isOk()).isFalse();
        assertThat(stored(user.toLowerCase(Locale.ROOT))).isEqualTo(OF_72_LETTERS);
        assertThat(signIn(door, user, "a".repeat(72)).status()).isEqualTo(200);
        assertThat(signIn(door, user, "a".repeat(73)).isOk()).isFalse();
    }
}
