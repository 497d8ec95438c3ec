package segue.server.keys;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;

import java.security.Provider;
import java.util.Optional;

/// Who makes keys, signs and verifies: the Amazon Corretto Crypto Provider, which is several times
/// faster (docs/benchmark.md), where its native library loads, and the JDK otherwise. The keys are
/// the same for both.
///
/// @param fast empty for the JDK
/// @param description for people
public record SigningProvider(Optional<Provider> fast, String description) {
    /// The JDK's own.
    public static SigningProvider jdk(String because) {
        return new SigningProvider(Optional.empty(), "the JDK's provider (" + because + ")");
    }

    /// The fast one if it can be had. The first call takes about as long as opening a database;
    /// whatever goes wrong, the JDK's is the answer.
    public static SigningProvider load() {
        try {
            var corretto = AmazonCorrettoCryptoProvider.INSTANCE;
            var error = corretto.getLoadingError();
            return error == null
                    ? new SigningProvider(Optional.of(corretto), corretto.getInfo())
                    : jdk("the native library doesn't load: " + error.getMessage());
        } catch (LinkageError e) {
            return jdk("the native library doesn't load: " + e);
        }
    }
}
