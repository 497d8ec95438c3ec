package segue.server.dpop;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.server.dpop.DpopProofs.Checked;
import segue.server.http.Method;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.keys.HandClock;
import segue.server.keys.MasterKey;
import segue.server.oauth.Domains;
import segue.storage.Proofs;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.SqliteDatabase;

import java.nio.file.Path;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A proof in a request: under which of our names, until when, and how often it is good.
class DpopProofsTest {
    private static final String TOKEN = "https://id.example/oauth/token";

    @TempDir private Path folder = Path.of("");
    private final HandClock clock = new HandClock();
    private final Domains domains = new Domains("https://id.example/", List.of("login.example"));
    private Optional<Database> opened = Optional.empty();
    private Optional<ECKey> key = Optional.empty();

    @BeforeEach
    void open() throws JOSEException {
        opened = Optional.of(SqliteDatabase.open(folder.resolve("segue.db"), clock));
        key = Optional.of(new ECKeyGenerator(Curve.P_256).generate());
    }

    @AfterEach
    void close() {
        opened.orElseThrow().close();
    }

    private DpopProofs node() {
        var master = new MasterKey(new byte[32]);
        return new DpopProofs(new Proofs(opened.orElseThrow()), master, domains, clock);
    }

    private String nonce() {
        return node().withNonce(Response.of(200)).header("DPoP-Nonce").orElseThrow();
    }

    private String proof(String id, String uri, String nonce) {
        var claims =
                new JWTClaimsSet.Builder()
                        .claim("htm", "POST")
                        .claim("htu", uri)
                        .issueTime(Date.from(clock.instant()))
                        .jwtID(id)
                        .claim("nonce", nonce)
                        .build();
        var header =
                new JWSHeader.Builder(JWSAlgorithm.ES256)
                        .type(new JOSEObjectType("dpop+jwt"))
                        .jwk(key.orElseThrow().toPublicJWK())
                        .build();
        try {
            var jwt = new SignedJWT(header, claims);
            jwt.sign(new ECDSASigner(key.orElseThrow()));
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private String proof(String uri, String nonce) {
        return proof(UUID.randomUUID().toString(), uri, nonce);
    }

    private String check(String host, String proof) {
        var plain = Request.to(Method.POST, "/oauth/token").withHeader("dpop", proof);
        var request =
                new Request(
                        plain.method(),
                        plain.path(),
                        plain.pathParameters(),
                        plain.query(),
                        plain.headers(),
                        plain.body(),
                        plain.client(),
                        host,
                        plain.id());
        return switch (node().check(request)) {
            case Checked.Absent _ -> "absent";
            case Checked.Proved _ -> "proved";
            case Checked.Refused(var error) -> error.error();
        };
    }

    @Test
    void aRequestWithoutAProofProvesNothing() {
        var request = Request.to(Method.POST, "/oauth/token");
        assertThat(node().check(request)).isEqualTo(new Checked.Absent());
    }

    /// The URL is that of our own name, and never what the request claims to have been sent to.
    @ParameterizedTest
    @CsvSource({
        "id.example, https://id.example/oauth/token, proved",
        "ID.example:443, https://id.example/oauth/token, proved",
        "login.example, https://login.example/oauth/token, proved",
        "login.example, https://id.example/oauth/token, invalid_dpop_proof",
        "id.example, https://login.example/oauth/token, invalid_dpop_proof",
        "evil.example, https://evil.example/oauth/token, invalid_dpop_proof",
        "id.example, https://id.example/userinfo, invalid_dpop_proof"
    })
    void aProofIsForTheNameThatWasAsked(String host, String uri, String outcome) {
        assertThat(check(host, proof(uri, nonce()))).isEqualTo(outcome);
    }

    /// THREATS R21.1.
    @Test
    void aProofIsGoodOnceOnAnyNode() {
        var proof = proof("1", TOKEN, nonce());
        assertThat(check("id.example", proof)).isEqualTo("proved");
        assertThat(check("id.example", proof)).isEqualTo("invalid_dpop_proof");
        // Signed anew, for another name: the same jti of the same key.
        var again = proof("1", "https://login.example/oauth/token", nonce());
        assertThat(check("login.example", again)).isEqualTo("invalid_dpop_proof");
        assertThat(check("id.example", proof("2", TOKEN, nonce()))).isEqualTo("proved");
    }

    @Test
    void aProofThatWasRefusedIsNotSpent() {
        assertThat(check("id.example", proof("1", TOKEN, "made up"))).isEqualTo("use_dpop_nonce");
        assertThat(check("id.example", proof("1", TOKEN, nonce()))).isEqualTo("proved");
    }

    @Test
    void anOldNonceMustBeReplaced() {
        var nonce = nonce();
        clock.pass(Nonces.PERIOD);
        assertThat(check("id.example", proof(TOKEN, nonce))).isEqualTo("proved");
        clock.pass(Nonces.PERIOD);
        assertThat(check("id.example", proof(TOKEN, nonce))).isEqualTo("use_dpop_nonce");
        assertThat(check("id.example", proof(TOKEN, nonce()))).isEqualTo("proved");
    }

    @Test
    void anOldProofIsRefusedHoweverFreshItsNonce() {
        var proof = proof(TOKEN, nonce());
        clock.pass(Proof.SKEW.plusSeconds(1));
        assertThat(check("id.example", proof)).isEqualTo("invalid_dpop_proof");
    }
}
