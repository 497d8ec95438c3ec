package segue.benchmark;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

import segue.domain.secret.Secret;
import segue.domain.secret.SecretHash;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;

/// What a token costs that is made, and one that comes back.
@State(Scope.Thread)
public class SecretPieces {
    private final Mint mint = new Mint();
    private final Secret token = mint.secret(SecretType.REFRESH_TOKEN);

    /// What the database sees of it.
    @Benchmark
    public SecretHash hash() {
        return token.hash();
    }

    /// A new one, with the server's own chance.
    @Benchmark
    public Secret mint() {
        return mint.secret(SecretType.REFRESH_TOKEN);
    }
}
