package android.util;

/// Android's, as far as Auth0.Android uses it: without Android there is none (contract sdk-calls
/// §1.3).
public final class Base64 {
    private static final int URL_SAFE = 8;

    private Base64() {}

    /// Of a token's parts.
    public static byte[] decode(String text, int flags) {
        var isUrlSafe = (flags & URL_SAFE) != 0;
        var decoder =
                isUrlSafe ? java.util.Base64.getUrlDecoder() : java.util.Base64.getMimeDecoder();
        return decoder.decode(text);
    }

    /// Of what the SDK says of itself in the header `Auth0-Client`.
    public static byte[] encode(byte[] bytes, int flags) {
        var isUrlSafe = (flags & URL_SAFE) != 0;
        var encoder =
                isUrlSafe
                        ? java.util.Base64.getUrlEncoder().withoutPadding()
                        : java.util.Base64.getEncoder();
        return encoder.encode(bytes);
    }
}
