package segue.benchmark;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import segue.domain.keys.SigningAlgorithm;
import segue.server.jwt.Jwts;
import segue.server.jwt.Jwts.Signature;
import segue.server.keys.MasterKey;
import segue.server.keys.SigningKeys;
import segue.server.keys.SigningProvider;
import segue.storage.Configuration;
import segue.storage.Keys;
import segue.storage.jdbc.SqliteDatabase;

import java.io.IOException;
import java.time.Clock;
import java.util.Map;

/// What an ID token costs, signed as the server signs: with stored keys, and by the provider that
/// it takes on this machine.
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH opens before it measures.
public class SignaturePieces {
    private Scratch scratch;
    private SqliteDatabase database;
    private Jwts jwts;
    private Map<String, Object> claims;

    /// Makes the keys.
    @Setup
    public void open() throws IOException {
        scratch = new Scratch();
        var clock = Clock.systemUTC();
        database = SqliteDatabase.open(scratch.room("data").resolve("segue.db"), clock);
        new Configuration(database).begin(table -> table.putTenant("{}"));
        var keys =
                new SigningKeys(
                        new Keys(database),
                        new MasterKey(new byte[32]),
                        SigningProvider.load(),
                        clock);
        jwts = new Jwts(keys, clock);
        var now = Jwts.seconds(jwts.now());
        claims =
                Map.of(
                        "iss", "https://id.example.com/",
                        "sub", "auth0|5f7c8ec7c33c6c004bbafe82",
                        "aud", "7c33c6c004bbafe825f7c8ec7c33c6c0",
                        "iat", now,
                        "exp", now + 36_000,
                        "sid", "q0mZ3vB7n2K8x1R5t9W4y6P0s3D7f1G5",
                        "name", "Ada Lovelace",
                        "email", "ada@example.org",
                        "email_verified", true);
    }

    /// Leaves nothing behind.
    @TearDown
    public void close() throws IOException {
        database.close();
        scratch.close();
    }

    @Benchmark
    public String rs256() {
        return signed(SigningAlgorithm.RS256);
    }

    @Benchmark
    public String ps256() {
        return signed(SigningAlgorithm.PS256);
    }

    @Benchmark
    public String es256() {
        return signed(SigningAlgorithm.ES256);
    }

    private String signed(SigningAlgorithm algorithm) {
        return jwts.sign(claims, "JWT", new Signature.Ours(algorithm));
    }
}
