package segue.server.device;

import segue.domain.device.UserCodeFormat;
import segue.domain.secret.Secret;
import segue.domain.secret.SecretHash;
import segue.server.keys.MasterKey;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Optional;

import javax.crypto.Mac;
import javax.crypto.SecretKey;

/// What the database knows of user codes. They are so short that whoever has its rows would find
/// them by trying all, if it weren't for a key that isn't there (THREATS R38.1).
public final class UserCodes {
    /// Nobody types more.
    private static final int LONGEST = 64;

    private final SecretKey key;

    public UserCodes(MasterKey master) {
        this.key = master.derive("device-user-code");
    }

    /// What a minted code is stored as.
    public SecretHash hash(Secret userCode) {
        return hash(UserCodeFormat.read(userCode.reveal()));
    }

    /// What a typed code would be stored as; empty if there is nothing to look up.
    public Optional<SecretHash> parse(String typed) {
        return Optional.of(typed)
                .filter(it -> it.length() <= LONGEST)
                .map(UserCodeFormat::read)
                .filter(it -> !it.isEmpty())
                .map(this::hash);
    }

    private SecretHash hash(String characters) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return new SecretHash(mac.doFinal(characters.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
    }
}
