package segue.server.secret;

import segue.domain.secret.Secret;

import java.util.Optional;
import java.util.regex.Pattern;

/// The types of minted secrets: a prefix and 43 characters of base64url.
public enum SecretType {
    SESSION_TRANSFER_TOKEN("stt_"),
    REFRESH_TOKEN("v1."),
    AUTHORIZATION_CODE("ac_"),
    DEVICE_CODE("dc_"),
    ACCESS_TOKEN("at_"),
    PUSHED_REQUEST("par_"),
    SESSION_COOKIE("s_"),
    INTERACTION("i_"),
    INTERACTION_COOKIE("ic_");

    private final String prefix;
    private final Pattern shape;

    SecretType(String prefix) {
        this.prefix = prefix;
        this.shape = Pattern.compile(Pattern.quote(prefix) + "[A-Za-z0-9_-]{43}");
    }

    String prefix() {
        return prefix;
    }

    /// The text as a secret of this type, if it has exactly its length and characters; otherwise
    /// there is nothing to look up.
    public Optional<Secret> parse(String text) {
        return shape.matcher(text).matches() ? Optional.of(new Secret(text)) : Optional.empty();
    }
}
