package segue.server.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import segue.domain.keys.KeyRing;
import segue.storage.Configuration;
import segue.storage.Keys;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.SqliteDatabase;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/// Contract authentication-api §2.2, THREATS R44.3 and R44.4, with nodes that share a database.
class SigningKeysTest {
    private static final Duration REREAD = Duration.ofSeconds(30);

    @TempDir private Path folder = Path.of("");
    private final HandClock clock = new HandClock();
    private final MasterKey master = new MasterKey(new byte[32]);
    private Optional<Database> opened = Optional.empty();

    @BeforeEach
    void open() {
        opened = Optional.of(SqliteDatabase.open(folder.resolve("segue.db"), clock));
        new Configuration(database()).begin(table -> table.putTenant("{}"));
    }

    @AfterEach
    void close() {
        database().close();
    }

    private Database database() {
        return opened.orElseThrow();
    }

    private SigningKeys node() {
        return new SigningKeys(new Keys(database()), master, clock);
    }

    private static List<JsonNode> jwks(SigningKeys node) {
        return List.copyOf(new JsonMapper().readTree(node.jwks()).path("keys").values());
    }

    private static List<String> kids(SigningKeys node) {
        return jwks(node).stream()
                .filter(key -> key.path("alg").asString().equals("RS256"))
                .map(key -> key.path("kid").asString())
                .sorted()
                .toList();
    }

    private static String kid(SigningKeys node) {
        return node.signing(JWSAlgorithm.RS256).kid();
    }

    private static SignedJWT sign(SigningKeys node, JWSAlgorithm algorithm) throws JOSEException {
        var signing = node.signing(algorithm);
        var claims = new JWTClaimsSet.Builder().subject("kim").build();
        var jwt = new SignedJWT(signing.header("JWT"), claims);
        jwt.sign(signing.signer());
        return jwt;
    }

    /// Promise P5.
    @Test
    void keysArePublishedWhileTheDatabaseCantAnswer() {
        var node = node();
        var published = kids(node);
        database().close();
        clock.pass(REREAD.plusSeconds(1));
        assertThat(kids(node)).isEqualTo(published);
        assertThat(kid(node)).isEqualTo(published.getFirst());
    }

    @Test
    void aPublishedKeyHasWhatAndroidReads() throws Exception {
        var key = jwks(node()).getFirst();
        assertThat(key.propertyNames())
                .containsExactlyInAnyOrder("kty", "use", "alg", "kid", "n", "e");
        assertThat(key.path("kty").asString()).isEqualTo("RSA");
        assertThat(key.path("use").asString()).isEqualTo("sig");
        assertThat(key.path("alg").asString()).isEqualTo("RS256");
        assertThat(key.path("e").asString()).isEqualTo("AQAB");
        var modulus = Base64.getUrlDecoder().decode(key.path("n").asString());
        assertThat(modulus).hasSize(256);
        // RFC 7638 §3: the name is the hash of the required members, in this order.
        var members = "{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"" + key.path("n").asString() + "\"}";
        var hash =
                MessageDigest.getInstance("SHA-256")
                        .digest(members.getBytes(StandardCharsets.UTF_8));
        assertThat(key.path("kid").asString())
                .isEqualTo(Base64.getUrlEncoder().withoutPadding().encodeToString(hash));
    }

    @Test
    void whatANodeSignsEveryNodeVerifies() throws Exception {
        var one = node();
        var other = node();
        for (var algorithm : List.of(JWSAlgorithm.RS256, JWSAlgorithm.PS256)) {
            var jwt = sign(one, algorithm);
            var verifier = other.verifying(jwt.getHeader().getKeyID(), algorithm).orElseThrow();
            assertThat(jwt.verify(verifier)).isTrue();
        }
    }

    /// A reader that takes its keys by `kid` and `alg` finds the one that signed, and a token can't
    /// choose how it is verified.
    @Test
    void aPublishedNameIsForOneAlgorithm() throws Exception {
        var node = node();
        var published = JWKSet.parse(node.jwks());
        for (var algorithm : List.of(JWSAlgorithm.RS256, JWSAlgorithm.PS256)) {
            var jwt = sign(node, algorithm);
            var key = published.getKeyByKeyId(jwt.getHeader().getKeyID()).toRSAKey();
            assertThat(key.getAlgorithm()).isEqualTo(algorithm);
            assertThat(jwt.verify(new RSASSAVerifier(key))).isTrue();
        }
        var forRs256 = kid(node);
        var forPs256 = node.signing(JWSAlgorithm.PS256).kid();
        assertThat(node.verifying(forRs256, JWSAlgorithm.PS256)).isEmpty();
        assertThat(node.verifying(forPs256, JWSAlgorithm.RS256)).isEmpty();
    }

    @Test
    void theKeyOutlivesTheNode() {
        assertThat(kid(node())).isEqualTo(kid(node()));
    }

    @Test
    void thePrivateHalfRestsSealed() throws Exception {
        node();
        close();
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                var text = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertThat(text).doesNotContain(pkcs8Head());
            }
        }
        open();
        var row = new Keys(database()).ring().keys().getFirst();
        var purpose = "signing-key:" + row.kid();
        var plain = master.open(row.sealedPrivateKey(), purpose).orElseThrow();
        assertThat(new String(plain, StandardCharsets.ISO_8859_1)).contains(pkcs8Head());
    }

    /// How every RSA private key begins in PKCS #8: a version, and the name of the algorithm.
    private static String pkcs8Head() {
        var head = new byte[] {2, 1, 0, 0x30, 0x0d, 6, 9, 0x2a, (byte) 0x86, 0x48};
        return new String(head, StandardCharsets.ISO_8859_1);
    }

    @Test
    void anotherMasterKeyDoesNotStart() {
        var kid = kid(node());
        var wrong = new byte[32];
        wrong[0] = 1;
        assertThatThrownBy(() -> new SigningKeys(new Keys(database()), new MasterKey(wrong), clock))
                .isInstanceOf(SigningKeys.WrongMasterKey.class)
                .hasMessageContaining(kid);
    }

    @Test
    void nodesThatStartTogetherHaveOneKey() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<String> start = () -> kid(node());
            var kids = new ArrayList<String>();
            for (var kid : threads.invokeAll(List.of(start, start, start, start)))
                kids.add(kid.get());
            assertThat(kids).containsOnly(kids.getFirst());
        }
        assertThat(new Keys(database()).ring().keys()).hasSize(1);
    }

    @Test
    void theNextKeyIsPublishedByAllNodesBeforeAnyOfThemSignsWithIt() {
        var one = node();
        var other = node();
        var before = kid(one);
        var next = one.rotate().orElseThrow().kid();
        clock.pass(REREAD);
        assertThat(kids(one)).contains(before, next);
        assertThat(kids(other)).contains(before, next);
        assertThat(kid(one)).isEqualTo(before);
        assertThat(kid(other)).isEqualTo(before);
        clock.pass(KeyRing.PUBLICATION_DELAY.minus(REREAD).minusMillis(1));
        assertThat(kid(one)).isEqualTo(before);
        assertThat(kid(other)).isEqualTo(before);
        clock.pass(Duration.ofMillis(1));
        assertThat(kid(one)).isEqualTo(next);
        assertThat(kid(other)).isEqualTo(next);
    }

    @Test
    void aReplacedKeyVerifiesUntilItsLastTokenHasExpired() {
        var node = node();
        var before = kid(node);
        node.rotate();
        clock.pass(KeyRing.PUBLICATION_DELAY);
        var next = kid(node);
        clock.pass(KeyRing.OVERLAP.minusMillis(1));
        assertThat(node.verifying(before, JWSAlgorithm.RS256)).isPresent();
        clock.pass(Duration.ofMillis(1));
        assertThat(node.verifying(before, JWSAlgorithm.RS256)).isEmpty();
        assertThat(kids(node)).containsExactly(next);
    }

    @Test
    void aSecondRotationWaitsForTheFirst() {
        var node = node();
        assertThat(node.rotate()).isPresent();
        assertThat(node.rotate()).isEmpty();
        clock.pass(KeyRing.PUBLICATION_DELAY);
        assertThat(node.rotate()).isPresent();
        assertThat(new Keys(database()).ring().keys()).hasSize(3);
    }

    @Test
    void anUnknownNameVerifiesNothing() {
        var node = node();
        for (var kid : List.of("", "../../etc/passwd", "' OR 1=1 --", "\u0000"))
            assertThat(node.verifying(kid, JWSAlgorithm.RS256)).isEmpty();
    }

    @Test
    void manyThreadsSignWithOneKey() throws Exception {
        var node = node();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var signing = new ArrayList<Callable<SignedJWT>>();
            for (var i = 0; i < 100; i++) signing.add(() -> sign(node, JWSAlgorithm.RS256));
            for (var jwt : threads.invokeAll(signing))
                assertThat(
                                jwt.get()
                                        .verify(
                                                node.verifying(kid(node), JWSAlgorithm.RS256)
                                                        .orElseThrow()))
                        .isTrue();
        }
    }
}
