package segue.server.keys;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;

import segue.domain.keys.FreshKey;
import segue.domain.keys.KeyRing;
import segue.domain.keys.SigningKeyRow;
import segue.storage.Keys;
import segue.storage.jdbc.StorageUnavailable;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// The tenant's RSA keys, unsealed once and kept, reread often enough that every node knows a key
/// long before it signs with it.
public final class SigningKeys {
    private static final Duration REREAD = Duration.ofSeconds(30);

    /// What an RSA key of ours signs with; RS256 first, which every reader knows.
    private static final List<JWSAlgorithm> ALGORITHMS =
            List.of(JWSAlgorithm.RS256, JWSAlgorithm.PS256);

    private final Keys keys;
    private final MasterKey master;
    private final Clock clock;
    private final ReentrantLock rereading = new ReentrantLock();
    private final Map<String, SelfSigned> certificates = new ConcurrentHashMap<>();
    private volatile Loaded loaded;

    /// Signer and verifier may be used by any number of threads at once.
    ///
    /// @param jwks the public key under a name for each algorithm, because a JWK is for one (RFC
    ///   7517 §4.4)
    private record Key(Map<JWSAlgorithm, RSAKey> jwks, RSASSASigner signer, JWSVerifier verifier) {
        RSAKey jwk(JWSAlgorithm algorithm) {
            return Optional.ofNullable(jwks.get(algorithm)).orElseThrow();
        }
    }

    private record Loaded(KeyRing ring, Map<String, Key> byId, Instant at) {}

    /// Makes the first key if there is none.
    ///
    /// @throws WrongMasterKey if the stored keys don't open
    public SigningKeys(Keys keys, MasterKey master, Clock clock) {
        this.keys = keys;
        this.master = master;
        this.clock = clock;
        var stored = keys.ring();
        this.loaded = load(stored.keys().isEmpty() ? keys.first(fresh()) : stored, Map.of());
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
    ///
    /// @param algorithm RS256 or PS256
    public record Signing(JWSSigner signer, JWSAlgorithm algorithm, String kid) {
        /// A header of the given type.
        public JWSHeader header(String type) {
            return new JWSHeader.Builder(algorithm)
                    .type(new JOSEObjectType(type))
                    .keyID(kid)
                    .build();
        }
    }

    /// The key that signs now.
    public Signing signing(JWSAlgorithm algorithm) {
        var current = current();
        var row = current.ring().signingAt(clock.instant()).orElseThrow();
        var key = key(current, row.kid());
        return new Signing(key.signer(), algorithm, key.jwk(algorithm).getKeyID());
    }

    /// The key that signs now, as a certificate.
    public SelfSigned certificate() {
        var current = current();
        var row = current.ring().signingAt(clock.instant()).orElseThrow();
        return certificates.computeIfAbsent(
                row.kid(),
                kid ->
                        SelfSigned.of(
                                kid,
                                publicKey(row),
                                key(current, kid).signer().getPrivateKey(),
                                row.createdAt()));
    }

    /// Verifies with the published key of that name, which is for one algorithm only.
    public Optional<JWSVerifier> verifying(String kid, JWSAlgorithm algorithm) {
        return published().stream()
                .filter(key -> key.jwk(algorithm).getKeyID().equals(kid))
                .map(Key::verifier)
                .findFirst();
    }

    /// The JWKS document: every published key with `kty`, `use`, `alg` and `kid` (contract
    /// authentication-api §2.2), once for each algorithm that it signs with.
    public String jwks() {
        return new JWKSet(
                        published().stream()
                                .flatMap(key -> ALGORITHMS.stream().map(key::jwk))
                                .map(JWK.class::cast)
                                .toList())
                .toString(true);
    }

    /// Adds the next key; empty if one is waiting already.
    public Optional<SigningKeyRow> rotate() {
        return keys.rotate(fresh());
    }

    private List<Key> published() {
        var current = current();
        return current.ring().publishedAt(clock.instant()).stream()
                .map(row -> key(current, row.kid()))
                .toList();
    }

    private static Key key(Loaded loaded, String kid) {
        return Optional.ofNullable(loaded.byId().get(kid)).orElseThrow();
    }

    /// One thread rereads; the others need not wait for it, because a key that they don't know yet
    /// is not yet used. While the database can't answer the keys stay what they were (promise P5).
    private Loaded current() {
        var seen = loaded;
        if (clock.instant().isBefore(seen.at().plus(REREAD)) || !rereading.tryLock()) return seen;
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
        var plain = unsealed(row, master);
        var publicKey = publicKey(row);
        var jwks = new HashMap<JWSAlgorithm, RSAKey>();
        for (var algorithm : ALGORITHMS)
            jwks.put(
                    algorithm,
                    new RSAKey.Builder(publicKey)
                            .keyUse(KeyUse.SIGNATURE)
                            .algorithm(algorithm)
                            .keyID(name(row.kid(), algorithm))
                            .build());
        return new Key(
                Map.copyOf(jwks),
                new RSASSASigner(privateKey(plain)),
                new RSASSAVerifier(publicKey));
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

    private static String name(String kid, JWSAlgorithm algorithm) {
        return algorithm.equals(JWSAlgorithm.RS256) ? kid : kid + "-ps256";
    }

    private FreshKey fresh() {
        try {
            var generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            KeyPair pair = generator.generateKeyPair();
            // RFC 7638: a name that anyone can compute from the key.
            var kid =
                    new RSAKey.Builder((RSAPublicKey) pair.getPublic())
                            .build()
                            .computeThumbprint()
                            .toString();
            var sealed = master.seal(pair.getPrivate().getEncoded(), purpose(kid));
            return new FreshKey(kid, "RSA", pair.getPublic().getEncoded(), sealed);
        } catch (GeneralSecurityException | JOSEException e) {
            throw new IllegalStateException("every Java platform has RSA", e);
        }
    }

    private static String purpose(String kid) {
        return "signing-key:" + kid;
    }

    private static PrivateKey privateKey(byte[] pkcs8) {
        try {
            return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a sealed key is no RSA key", e);
        }
    }

    private static RSAPublicKey publicKey(SigningKeyRow row) {
        try {
            return (RSAPublicKey)
                    KeyFactory.getInstance("RSA")
                            .generatePublic(new X509EncodedKeySpec(row.publicKey()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a stored key is no RSA key", e);
        }
    }
}
