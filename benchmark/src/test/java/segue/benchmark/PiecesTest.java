package segue.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;

import segue.domain.token.Rotation;
import segue.domain.transfer.Decision;

import java.io.IOException;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;

/// A number is worth nothing if what it measured failed, or was something else.
class PiecesTest {
    @Test
    void allOfThemRun() throws RunnerException {
        var once =
                Pieces.every()
                        .mode(Mode.SingleShotTime)
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .build();
        var names = new Runner(once).run().stream().map(Pieces::name).toList();
        assertThat(names)
                .containsExactlyInAnyOrder(
                        "DecisionPieces.redeem",
                        "DecisionPieces.rotate",
                        "RequestPieces.cookie",
                        "RequestPieces.form",
                        "RequestPieces.ipv4",
                        "RequestPieces.ipv6",
                        "SecretPieces.hash",
                        "SecretPieces.mint",
                        "SignaturePieces.es256",
                        "SignaturePieces.ps256",
                        "SignaturePieces.rs256");
    }

    @Test
    void theDecisionsSayYes() {
        var pieces = new DecisionPieces();
        assertThat(pieces.redeem().decision()).isInstanceOf(Decision.Accepted.class);
        assertThat(pieces.rotate()).isEqualTo(new Rotation.Successor(8));
    }

    @Test
    void everySecretIsAnother() {
        var pieces = new SecretPieces();
        assertThat(pieces.mint().sameAs(pieces.mint())).isFalse();
        assertThat(pieces.hash()).isEqualTo(pieces.hash());
    }

    @Test
    void theRequestsAreWellFormed() {
        var pieces = new RequestPieces();
        assertThat(pieces.cookie()).contains("s_" + "x".repeat(43));
        assertThat(pieces.form().orElseThrow().one("scope")).contains("openid profile email");
        assertThat(pieces.ipv4().orElseThrow()).hasToString("203.0.113.195");
        assertThat(pieces.ipv6().orElseThrow()).hasToString("2001:db8:85a3::8a2e:370:7334");
    }

    @Test
    void eachSignatureIsOfItsAlgorithm() throws IOException, ParseException {
        var pieces = new SignaturePieces();
        pieces.open();
        try {
            var algorithms = new ArrayList<String>();
            for (var token : List.of(pieces.rs256(), pieces.ps256(), pieces.es256()))
                algorithms.add(SignedJWT.parse(token).getHeader().getAlgorithm().getName());
            assertThat(algorithms).containsExactly("RS256", "PS256", "ES256");
        } finally {
            pieces.close();
        }
    }
}
