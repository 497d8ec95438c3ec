package segue.benchmark;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/// How many ID tokens a second one thread signs, by the JDK's providers and by the Amazon Corretto
/// Crypto Provider, with the same keys and in turns.
@Command(
        name = "SignatureRate",
        description = "Measures signatures per second with each provider.",
        mixinStandardHelpOptions = true)
public final class SignatureRate implements Callable<Integer> {
    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "10",
            description = "How many seconds each is measured (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "5",
            description = "How many seconds before that don't count (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private SignatureRate() {}

    /// Exits with 0 if both could be measured.
    public static void main(String[] arguments) {
        var rate = new SignatureRate();
        Machine.describe(rate.out, "SignatureRate", arguments);
        System.exit(new CommandLine(rate).execute(arguments));
    }

    @Override
    public Integer call() throws GeneralSecurityException, JOSEException {
        var corretto = AmazonCorrettoCryptoProvider.INSTANCE;
        var error = corretto.getLoadingError();
        if (error != null) {
            out.println("the native library doesn't load: " + error.getMessage());
            return 1;
        }
        out.println(corretto.getInfo());
        out.printf("%n%-16s %10s %10s %8s%n", "signatures/s", "JDK", "Corretto", "ratio");
        for (var algorithm : List.of(JWSAlgorithm.RS256, JWSAlgorithm.PS256, JWSAlgorithm.ES256))
            measure(algorithm, corretto);
        out.println("medians of one thread's seconds");
        out.println("load average afterwards: " + Machine.loadAverage());
        return 0;
    }

    private void measure(JWSAlgorithm algorithm, Provider corretto)
            throws GeneralSecurityException, JOSEException {
        var isEc = algorithm.equals(JWSAlgorithm.ES256);
        var jdk = Security.getProvider(isEc ? "SunEC" : "SunRsaSign");
        var pkcs8 = key(isEc, jdk);
        var slow = signer(algorithm, pkcs8, jdk);
        var fast = signer(algorithm, pkcs8, corretto);
        for (var round = 0; round < warmUp; round++) {
            second(algorithm, slow);
            second(algorithm, fast);
        }
        var slowly = new double[rounds];
        var quickly = new double[rounds];
        for (var round = 0; round < rounds; round++) {
            slowly[round] = second(algorithm, slow);
            quickly[round] = second(algorithm, fast);
        }
        out.printf(
                Locale.ROOT,
                "%-16s %10.0f %10.0f %8.2f%n",
                algorithm,
                median(slowly),
                median(quickly),
                median(quickly) / median(slowly));
    }

    private static byte[] key(boolean isEc, Provider provider) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance(isEc ? "EC" : "RSA", provider);
        generator.initialize(
                isEc
                        ? new ECGenParameterSpec("secp256r1")
                        : new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4));
        return generator.generateKeyPair().getPrivate().getEncoded();
    }

    private static JWSSigner signer(JWSAlgorithm algorithm, byte[] pkcs8, Provider provider)
            throws GeneralSecurityException, JOSEException {
        var isEc = algorithm.equals(JWSAlgorithm.ES256);
        PrivateKey key =
                KeyFactory.getInstance(isEc ? "EC" : "RSA", provider)
                        .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        var signer = isEc ? new ECDSASigner(key, Curve.P_256) : new RSASSASigner(key);
        signer.getJCAContext().setProvider(provider);
        return signer;
    }

    private static double second(JWSAlgorithm algorithm, JWSSigner signer) throws JOSEException {
        var begin = System.nanoTime();
        var end = begin + 1_000_000_000L;
        var signed = 0;
        for (var now = begin; now < end; now = System.nanoTime()) {
            var jwt = new SignedJWT(new JWSHeader.Builder(algorithm).keyID("k").build(), claims());
            jwt.sign(signer);
            if (!jwt.serialize().isEmpty()) signed++;
        }
        return signed * 1e9 / (System.nanoTime() - begin);
    }

    /// About what an ID token says.
    private static JWTClaimsSet claims() {
        var now = System.currentTimeMillis() / 1000;
        return new JWTClaimsSet.Builder()
                .issuer("https://id.example.com/")
                .subject("auth0|5f7c8ec7c33c6c004bbafe82")
                .audience("7c33c6c004bbafe825f7c8ec7c33c6c0")
                .claim("iat", now)
                .claim("exp", now + 36_000)
                .claim("sid", "q0mZ3vB7n2K8x1R5t9W4y6P0s3D7f1G5")
                .claim("name", "Ada Lovelace")
                .claim("email", "ada@example.org")
                .claim("email_verified", true)
                .build();
    }

    private static double median(double[] values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
