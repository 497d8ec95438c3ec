package segue.server.dpop;

import segue.domain.secret.Secret;
import segue.domain.token.KeyThumbprint;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.keys.MasterKey;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.storage.Proofs;

import java.time.Clock;
import java.time.Duration;
import java.util.List;

/// The proof of possession that may come with a request (RFC 9449). Each is good once, on any node.
public final class DpopProofs {
    /// For discovery.
    public static final List<String> ALGORITHMS = List.of(Proof.ALGORITHM.getName());

    private static final String HEADER = "DPoP";

    /// How long a used proof is remembered: as long as its `iat` is near, and the clocks of the
    /// nodes and of the database may differ by some seconds.
    private static final Duration REMEMBERED = Proof.SKEW.multipliedBy(2).plusSeconds(60);

    private final Proofs used;
    private final Nonces nonces;
    private final Domains domains;
    private final Clock clock;

    /// @param master every node has the same, and so the same nonces
    public DpopProofs(Proofs used, MasterKey master, Domains domains, Clock clock) {
        this.used = used;
        this.nonces = new Nonces(master.derive("dpop-nonce"), clock);
        this.domains = domains;
        this.clock = clock;
    }

    /// What became of it.
    public sealed interface Checked {
        /// None was sent.
        record Absent() implements Checked {}

        /// Whoever asks has the key.
        record Proved(KeyThumbprint key) implements Checked {}

        record Refused(OAuthError error) implements Checked {}
    }

    /// Checks the proof of a request, and spends it if it is sound.
    ///
    /// @param endpoint its path, without the slash in front
    public Checked check(Request request, String endpoint) {
        if (!isSent(request)) return new Checked.Absent();
        var target =
                new Proof.Target(
                        request.method().name(), domains.issuer(request.host()) + endpoint);
        var sent = request.headers().all(HEADER);
        return switch (Proof.judge(sent, target, nonces.valid(), clock.instant())) {
            case Proof.Verdict.Flawed(var flaw) -> new Checked.Refused(flaw.error());
            case Proof.Verdict.Sound(var proof) when isFirstUse(proof) ->
                    new Checked.Proved(proof.key());
            case Proof.Verdict.Sound _ -> new Checked.Refused(Flaw.REPLAYED.error());
        };
    }

    private boolean isFirstUse(Proof proof) {
        // A thumbprint has a fixed length, so that no two pairs read the same.
        var once = new Secret(proof.key().value() + proof.id().orElseThrow()).hash();
        return used.claim(once, REMEMBERED);
    }

    /// Whether a request came with one, sound or not.
    public static boolean isSent(Request request) {
        return request.headers().first(HEADER).isPresent();
    }

    /// The answer with the nonce for the next proof (§8.2).
    public Response withNonce(Response answer) {
        return answer.withHeader("DPoP-Nonce", nonces.current());
    }
}
