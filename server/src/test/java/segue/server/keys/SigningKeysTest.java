package segue.server.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import segue.domain.keys.KeyRing;
import segue.domain.keys.SigningAlgorithm;
import segue.domain.keys.SigningKeyRow;
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
    private static final Duration REREAD = KeyRing.REREAD;

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
        return node(SigningProvider.load());
    }

    private SigningKeys node(SigningProvider provider) {
        return new SigningKeys(new Keys(database()), master, provider, clock);
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
        return node.signing(SigningAlgorithm.RS256).kid();
    }

    private static SignedJWT sign(SigningKeys node, SigningAlgorithm algorithm)
            throws JOSEException {
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

    /// What was read an hour ahead isn't fresh for an hour.
    @Test
    void aClockThatIsSetBackHidesNoKeyOfAnotherNode() {
        var one = node();
        var other = node();
        clock.pass(Duration.ofHours(-1));
        var next = ofRs256(one.rotate());
        assertThat(kids(other)).contains(next);
    }

    @Test
    void aPublishedKeyHasWhatAndroidReads() throws Exception {
        var key =
                jwks(node()).stream()
                        .filter(it -> it.path("alg").asString().equals("RS256"))
                        .findFirst()
                        .orElseThrow();
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
    void thereIsAKeyForEachAlgorithmWithWhatItsKindNeeds() {
        var keys = jwks(node());
        assertThat(keys)
                .extracting(key -> key.path("alg").asString())
                .containsExactlyInAnyOrder("RS256", "PS256", "ES256");
        assertThat(keys).extracting(key -> key.path("kid").asString()).doesNotHaveDuplicates();
        for (var key : keys) {
            assertThat(key.path("use").asString()).isEqualTo("sig");
            var isEc = key.path("alg").asString().equals("ES256");
            assertThat(key.propertyNames())
                    .as("nothing private, and nothing that is not needed")
                    .containsExactlyInAnyOrderElementsOf(
                            isEc
                                    ? List.of("kty", "use", "alg", "kid", "crv", "x", "y")
                                    : List.of("kty", "use", "alg", "kid", "n", "e"));
            assertThat(key.path("kty").asString()).isEqualTo(isEc ? "EC" : "RSA");
        }
    }

    @ParameterizedTest
    @EnumSource(SigningAlgorithm.class)
    void whatANodeSignsEveryNodeVerifies(SigningAlgorithm algorithm) throws Exception {
        var one = node();
        var other = node();
        var jwt = sign(one, algorithm);
        var verifier = other.verifying(jwt.getHeader().getKeyID(), algorithm).orElseThrow();
        assertThat(jwt.verify(verifier)).isTrue();
    }

    /// A node whose native library doesn't load has the same keys.
    @ParameterizedTest
    @EnumSource(SigningAlgorithm.class)
    void eitherProviderUsesTheKeysThatTheOtherMade(SigningAlgorithm algorithm) throws Exception {
        var fast = SigningProvider.load();
        assumeTrue(fast.fast().isPresent(), fast.description());
        var jdk = SigningProvider.jdk("for a test");
        for (var makers : List.of(List.of(fast, jdk), List.of(jdk, fast))) {
            var maker = node(makers.getFirst());
            var user = node(makers.getLast());
            for (var pair : List.of(List.of(maker, user), List.of(user, maker))) {
                var jwt = sign(pair.getFirst(), algorithm);
                var kid = jwt.getHeader().getKeyID();
                var verifier = pair.getLast().verifying(kid, algorithm).orElseThrow();
                assertThat(jwt.verify(verifier)).isTrue();
            }
            assertThat(maker.jwks()).isEqualTo(user.jwks());
            assertThat(maker.certificate()).isEqualTo(user.certificate());
            close();
            Files.delete(folder.resolve("segue.db"));
            open();
        }
    }

    /// A reader that takes its keys by `kid` and `alg` finds the one that signed, and a token can't
    /// choose how it is verified (THREATS R44.2).
    @ParameterizedTest
    @EnumSource(SigningAlgorithm.class)
    void aPublishedNameIsForOneAlgorithm(SigningAlgorithm algorithm) throws Exception {
        var node = node();
        var jwt = sign(node, algorithm);
        var kid = jwt.getHeader().getKeyID();
        var key = JWKSet.parse(node.jwks()).getKeyByKeyId(kid);
        assertThat(key.getAlgorithm().getName()).isEqualTo(algorithm.name());
        var verifier =
                algorithm == SigningAlgorithm.ES256
                        ? new ECDSAVerifier(key.toECKey())
                        : new RSASSAVerifier(key.toRSAKey());
        assertThat(jwt.verify(verifier)).isTrue();
        for (var other : SigningAlgorithm.values())
            assertThat(node.verifying(kid, other).isPresent()).isEqualTo(other == algorithm);
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
        var row =
                new Keys(database())
                        .ring()
                        .signingAt(SigningAlgorithm.RS256, clock.instant())
                        .orElseThrow();
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
        node();
        var wrong = new byte[32];
        wrong[0] = 1;
        assertThatThrownBy(
                        () ->
                                new SigningKeys(
                                        new Keys(database()),
                                        new MasterKey(wrong),
                                        SigningProvider.load(),
                                        clock))
                .isInstanceOf(SigningKeys.WrongMasterKey.class)
                .hasMessageContaining("does not open the signing key ");
    }

    @Test
    void nodesThatStartTogetherHaveTheSameKeys() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<String> start = () -> kid(node());
            var kids = new ArrayList<String>();
            for (var kid : threads.invokeAll(List.of(start, start, start, start)))
                kids.add(kid.get());
            assertThat(kids).containsOnly(kids.getFirst());
        }
        assertThat(new Keys(database()).ring().keys()).hasSize(SigningAlgorithm.values().length);
    }

    @Test
    void theNextKeyIsPublishedByAllNodesBeforeAnyOfThemSignsWithIt() {
        var one = node();
        var other = node();
        var before = kid(one);
        var next = ofRs256(one.rotate());
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
        assertThat(node.verifying(before, SigningAlgorithm.RS256)).isPresent();
        clock.pass(Duration.ofMillis(1));
        assertThat(node.verifying(before, SigningAlgorithm.RS256)).isEmpty();
        assertThat(kids(node)).containsExactly(next);
    }

    private static String ofRs256(List<SigningKeyRow> keys) {
        return keys.stream()
                .filter(key -> key.algorithm() == SigningAlgorithm.RS256)
                .findFirst()
                .orElseThrow()
                .kid();
    }

    @Test
    void aSecondRotationWaitsForTheFirst() {
        var node = node();
        var algorithms = SigningAlgorithm.values().length;
        assertThat(node.rotate()).hasSize(algorithms);
        assertThat(node.rotate()).isEmpty();
        clock.pass(KeyRing.PUBLICATION_DELAY);
        assertThat(node.rotate()).hasSize(algorithms);
        assertThat(new Keys(database()).ring().keys()).hasSize(3 * algorithms);
    }

    @Test
    void theScheduleRotatesWhenAKeyIsOldEnoughAndOnlyOnce() {
        var one = node();
        var other = node();
        var age = Duration.ofDays(90);
        clock.pass(age.minusMillis(1));
        assertThat(one.rotateAfter(age)).isEmpty();
        clock.pass(Duration.ofMillis(1));
        assertThat(one.rotateAfter(age)).hasSize(SigningAlgorithm.values().length);
        assertThat(other.rotateAfter(age)).isEmpty();
        clock.pass(KeyRing.PUBLICATION_DELAY);
        assertThat(other.rotateAfter(age)).isEmpty();
        assertThat(kid(one)).isEqualTo(kid(other));
        clock.pass(age);
        assertThat(other.rotateAfter(age)).isNotEmpty();
    }

    /// THREATS R44.3, R44.4: every node changes at the same moment, and had published the heir.
    @Test
    void aRevokedKeyIsGoneFromEveryNodeAtOnceAndItsHeirWasPublishedByAll() {
        var one = node();
        var other = node();
        var before = kid(one);
        var heir = one.revoke(before).orElseThrow().heir().orElseThrow().kid();
        clock.pass(REREAD);
        for (var node : List.of(one, other)) {
            assertThat(kids(node)).contains(before, heir);
            assertThat(kid(node)).isEqualTo(before);
        }
        clock.pass(KeyRing.REVOCATION_DELAY.minus(REREAD));
        for (var node : List.of(one, other)) {
            assertThat(kids(node)).containsExactly(heir);
            assertThat(kid(node)).isEqualTo(heir);
            assertThat(node.verifying(before, SigningAlgorithm.RS256)).isEmpty();
        }
    }

    @Test
    void aReplacedKeyThatIsRevokedIsGoneAsSoonAsANodeRereads() {
        var node = node();
        var before = kid(node);
        node.rotate();
        clock.pass(KeyRing.PUBLICATION_DELAY);
        var signing = kid(node);
        assertThat(node.revoke(before).orElseThrow().heir()).isEmpty();
        clock.pass(REREAD);
        assertThat(kids(node)).containsExactly(signing);
    }

    @Test
    void aStrangersNameIsNotRevoked() {
        assertThat(node().revoke("stranger")).isEmpty();
    }

    @Test
    void anUnknownNameVerifiesNothing() {
        var node = node();
        for (var kid : List.of("", "../../etc/passwd", "' OR 1=1 --", "\u0000"))
            assertThat(node.verifying(kid, SigningAlgorithm.RS256)).isEmpty();
    }

    @Test
    void manyThreadsSignWithOneKey() throws Exception {
        var node = node();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var signing = new ArrayList<Callable<SignedJWT>>();
            for (var i = 0; i < 100; i++) signing.add(() -> sign(node, SigningAlgorithm.RS256));
            for (var jwt : threads.invokeAll(signing))
                assertThat(
                                jwt.get()
                                        .verify(
                                                node.verifying(kid(node), SigningAlgorithm.RS256)
                                                        .orElseThrow()))
                        .isTrue();
        }
    }
}
