package segue.server.keys;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;

import segue.domain.keys.FreshKey;
import segue.domain.keys.KeyRing;
import segue.domain.keys.SigningAlgorithm;
import segue.domain.keys.SigningKeyRow;
import segue.storage.Keys;
import segue.storage.jdbc.StorageUnavailable;

import java.security.PrivateKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// The tenant's keys, unsealed once and kept, reread often enough that every node knows a key long
/// before it signs with it.
public final class SigningKeys {
    private final Keys keys;
    private final MasterKey master;
    private final KeyPairs pairs;
    private final Clock clock;
    private final ReentrantLock rereading = new ReentrantLock();
    private final Map<String, SelfSigned> certificates = new ConcurrentHashMap<>();
    private volatile Loaded loaded;

    private record Key(JWK jwk, PrivateKey privateKey, JWSSigner signer, JWSVerifier verifier) {}

    private record Loaded(KeyRing ring, Map<String, Key> byId, Instant at) {}

    /// Makes the first keys if there are none.
    ///
    /// @throws WrongMasterKey if the stored keys don't open
    public SigningKeys(Keys keys, MasterKey master, SigningProvider provider, Clock clock) {
        this.keys = keys;
        this.master = master;
        this.pairs = new KeyPairs(provider);
        this.clock = clock;
        var stored = keys.ring();
        var missing = stored.missing();
        this.loaded = load(missing.isEmpty() ? stored : keys.first(fresh(missing)), Map.of());
    }

    /// The stored keys were sealed under another master key; starting would make every token
    /// unverifiable.
    public static final class WrongMasterKey extends RuntimeException {
        private static final long serialVersionUID = 1L;

        WrongMasterKey(String kid) {
            super("the master key does not open the signing key " + kid);
        }
    }

    /// A signer and the header fields that name it.
    public record Signing(JWSSigner signer, SigningAlgorithm algorithm, String kid) {
        /// A header of the given type.
        public JWSHeader header(String type) {
            return new JWSHeader.Builder(JWSAlgorithm.parse(algorithm.name()))
                    .type(new JOSEObjectType(type))
                    .keyID(kid)
                    .build();
        }
    }

    /// The key that signs now.
    public Signing signing(SigningAlgorithm algorithm) {
        var current = current();
        var row = current.ring().signingAt(algorithm, clock.instant()).orElseThrow();
        return new Signing(key(current, row).signer(), algorithm, row.kid());
    }

    /// How long the key that signs now has done so.
    public Duration age(SigningAlgorithm algorithm) {
        var now = clock.instant();
        var row = current().ring().signingAt(algorithm, now).orElseThrow();
        return Duration.between(row.activatesAt(), now);
    }

    /// The key that signs with RS256 now, as a certificate.
    public SelfSigned certificate() {
        var current = current();
        var row = current.ring().signingAt(SigningAlgorithm.RS256, clock.instant()).orElseThrow();
        return certificates.computeIfAbsent(
                row.kid(),
                kid ->
                        SelfSigned.of(
                                kid,
                                pairs.publicKey(row.algorithm(), row.publicKey()),
                                key(current, row).privateKey(),
                                row.createdAt()));
    }

    /// Verifies with the published key of that name, which is for one algorithm only.
    public Optional<JWSVerifier> verifying(String kid, SigningAlgorithm algorithm) {
        var current = current();
        return current.ring().publishedAt(clock.instant()).stream()
                .filter(row -> row.kid().equals(kid) && row.algorithm() == algorithm)
                .map(row -> key(current, row).verifier())
                .findFirst();
    }

    /// Every published key (contract authentication-api §2.2).
    public String jwks() {
        var current = current();
        return new JWKSet(
                        current.ring().publishedAt(clock.instant()).stream()
                                .map(row -> key(current, row).jwk())
                                .toList())
                .toString(true);
    }

    /// Adds a next key for each algorithm that none waits for.
    ///
    /// @return those that were added
    public List<SigningKeyRow> rotate() {
        return keys.rotate(fresh(EnumSet.allOf(SigningAlgorithm.class)), Duration.ZERO);
    }

    /// Adds a next key for each algorithm whose last one took over at least so long ago. Nodes may
    /// do so at the same time.
    ///
    /// @return those that were added
    public List<SigningKeyRow> rotateAfter(Duration age) {
        var due = keys.ring().dueAt(age, clock.instant());
        return due.isEmpty() ? List.of() : keys.rotate(fresh(due), age);
    }

    /// Stops publishing a key.
    ///
    /// @return empty if no such key is published
    public Optional<Keys.Revoked> revoke(String kid) {
        return keys.ring().keys().stream()
                .filter(row -> row.kid().equals(kid))
                .findFirst()
                .flatMap(row -> keys.revoke(kid, fresh(row.algorithm())));
    }

    private static Key key(Loaded loaded, SigningKeyRow row) {
        return Optional.ofNullable(loaded.byId().get(row.kid())).orElseThrow();
    }

    /// One thread rereads; the others need not wait for it, because a key that they don't know yet
    /// is not yet used. While the database can't answer the keys stay what they were (promise P5).
    /// A clock that is set back must not make them look fresh until it has caught up.
    private Loaded current() {
        var seen = loaded;
        var age = Duration.between(seen.at(), clock.instant()).abs();
        var isFresh = age.compareTo(KeyRing.REREAD) < 0;
        if (isFresh || !rereading.tryLock()) return seen;
        try {
            var reread = load(keys.ring(), seen.byId());
            loaded = reread;
            return reread;
        } catch (StorageUnavailable e) {
            var kept = new Loaded(seen.ring(), seen.byId(), clock.instant());
            loaded = kept;
            return kept;
        } finally {
            rereading.unlock();
        }
    }

    private Loaded load(KeyRing ring, Map<String, Key> known) {
        var byId = new HashMap<String, Key>();
        for (var row : ring.keys()) {
            var key = known.get(row.kid());
            byId.put(row.kid(), key == null ? open(row) : key);
        }
        return new Loaded(ring, Map.copyOf(byId), clock.instant());
    }

    private Key open(SigningKeyRow row) {
        var publicKey = pairs.publicKey(row.algorithm(), row.publicKey());
        var privateKey = pairs.privateKey(row.algorithm(), unsealed(row, master));
        return new Key(
                KeyPairs.jwk(row.algorithm(), publicKey, row.kid()),
                privateKey,
                pairs.signer(row.algorithm(), privateKey),
                pairs.verifier(row.algorithm(), publicKey));
    }

    private static byte[] unsealed(SigningKeyRow row, MasterKey master) {
        return master.open(row.sealedPrivateKey(), purpose(row.kid()))
                .orElseThrow(() -> new WrongMasterKey(row.kid()));
    }

    /// Tries the master key on every stored key, and makes none.
    ///
    /// @throws WrongMasterKey if one doesn't open
    public static void tryAll(KeyRing ring, MasterKey master) {
        for (var row : ring.keys()) unsealed(row, master);
    }

    private List<FreshKey> fresh(Collection<SigningAlgorithm> algorithms) {
        return algorithms.stream().map(this::fresh).toList();
    }

    private FreshKey fresh(SigningAlgorithm algorithm) {
        var pair = pairs.generate(algorithm);
        var kid = KeyPairs.thumbprint(algorithm, pair.getPublic());
        var sealed = master.seal(pair.getPrivate().getEncoded(), purpose(kid));
        return new FreshKey(kid, algorithm, pair.getPublic().getEncoded(), sealed);
    }

    private static String purpose(String kid) {
        return "signing-key:" + kid;
    }
}
