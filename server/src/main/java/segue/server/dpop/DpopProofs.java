package segue.server.dpop;

import segue.domain.secret.Secret;
import segue.domain.token.KeyThumbprint;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.keys.MasterKey;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.storage.Proofs;

import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

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

    /// Checks the proof of a request that uses no access token, and spends it if it is sound.
    public Checked check(Request request) {
        return check(request, Optional.empty());
    }

    /// Whether an access token may be used in the way in which a request brings it (§7.1).
    public sealed interface Use {
        record Permitted() implements Use {}

        /// @param error with status 401
        record Refused(OAuthError error) implements Use {}
    }

    /// Decides, and spends the proof if it is sound. A token that is bound to a key is no bearer
    /// token, and one that isn't bound proves nothing.
    ///
    /// @param boundTo of the token, which exists and is good
    public Use use(Request request, PresentedToken token, Optional<KeyThumbprint> boundTo) {
        return switch (token.scheme()) {
            case BEARER -> boundTo.isEmpty() ? new Use.Permitted() : refused(INVALID_TOKEN);
            case DPOP ->
                    switch (check(request, Optional.of(token.text()))) {
                        case Checked.Absent _ -> refused(MISSING);
                        case Checked.Refused(var error) -> refused(error);
                        case Checked.Proved(var key) ->
                                boundTo.equals(Optional.of(key))
                                        ? new Use.Permitted()
                                        : refused(INVALID_TOKEN);
                    };
        };
    }

    private static Use refused(OAuthError error) {
        return new Use.Refused(error.withStatus(401));
    }

    private static final OAuthError INVALID_TOKEN =
            OAuthError.of(Code.INVALID_TOKEN, "The access token is invalid or has expired");

    private static final OAuthError MISSING =
            OAuthError.of(Code.INVALID_DPOP_PROOF, "A DPoP proof is required.");

    /// §4.2, `ath`.
    private static String hash(String token) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(new Secret(token).hash().bytes());
    }

    /// Checks the proof of a request, and spends it if it is sound.
    ///
    /// @param token the access token that it must be about, where one is used (§4.3, point 10)
    private Checked check(Request request, Optional<String> token) {
        if (!isSent(request)) return new Checked.Absent();
        var uri = domains.issuer(request.host()) + request.path().substring(1);
        var target = new Proof.Target(request.method().name(), uri, token.map(DpopProofs::hash));
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
