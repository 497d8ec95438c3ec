package segue.server.dpop;

import segue.server.http.Request;

import java.util.Locale;
import java.util.Optional;

/// An access token as a request brings it (RFC 6750 §2.1, RFC 9449 §7.1). Nobody has looked whether
/// there is such a token.
///
/// @param text secret, like the token
public record PresentedToken(Scheme scheme, String text) {
    /// The scheme of the `Authorization` header field.
    public enum Scheme {
        /// Whoever has the token may use it.
        BEARER,
        /// Whoever has its key may.
        DPOP;

        /// The `WWW-Authenticate` of an answer with status 401 to a request that used it (RFC 6750
        /// §3, RFC 9449 §7.1).
        public String challenge(String error) {
            return switch (this) {
                case BEARER -> "Bearer error=\"" + error + "\"";
                case DPOP ->
                        "DPoP error=\"%s\", algs=\"%s\""
                                .formatted(error, String.join(" ", DpopProofs.ALGORITHMS));
            };
        }
    }

    /// The one of a request; empty if there is none, or it comes in another way.
    public static Optional<PresentedToken> of(Request request) {
        var fields = request.headers().all("Authorization");
        if (fields.size() != 1) return Optional.empty();
        var words = fields.getFirst().strip().split(" +", 2);
        if (words.length < 2) return Optional.empty();
        return switch (words[0].toLowerCase(Locale.ROOT)) {
            case "bearer" -> Optional.of(new PresentedToken(Scheme.BEARER, words[1]));
            case "dpop" -> Optional.of(new PresentedToken(Scheme.DPOP, words[1]));
            default -> Optional.empty();
        };
    }

    @Override
    public String toString() {
        return "PresentedToken[" + scheme + ", ***]";
    }
}
