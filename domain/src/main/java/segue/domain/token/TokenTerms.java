package segue.domain.token;

import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What Actions decided about tokens that are yet to be issued for an authorization code (contract
/// actions §4).
///
/// @param idTokenClaims name to JSON
/// @param accessTokenClaims name to JSON
/// @param refreshTokenExpiresAt the latest absolute end of a refresh token
/// @param refreshTokenIdleExpiresAt its latest end unless it is used before
/// @param refreshTokenMetadata what a refresh token carries
public record TokenTerms(
        SortedMap<String, String> idTokenClaims,
        SortedMap<String, String> accessTokenClaims,
        Optional<Instant> refreshTokenExpiresAt,
        Optional<Instant> refreshTokenIdleExpiresAt,
        SortedMap<String, String> refreshTokenMetadata) {
    public TokenTerms {
        idTokenClaims = Collections.unmodifiableSortedMap(new TreeMap<>(idTokenClaims));
        accessTokenClaims = Collections.unmodifiableSortedMap(new TreeMap<>(accessTokenClaims));
        refreshTokenMetadata =
                Collections.unmodifiableSortedMap(new TreeMap<>(refreshTokenMetadata));
    }

    /// Nothing was decided.
    public static final TokenTerms NONE =
            new TokenTerms(
                    new TreeMap<>(),
                    new TreeMap<>(),
                    Optional.empty(),
                    Optional.empty(),
                    new TreeMap<>());

    /// The same, with who acts as the user (RFC 8693 §4.1).
    ///
    /// @param actor JSON
    public TokenTerms actedBy(String actor) {
        return new TokenTerms(
                with(idTokenClaims, actor),
                with(accessTokenClaims, actor),
                refreshTokenExpiresAt,
                refreshTokenIdleExpiresAt,
                refreshTokenMetadata);
    }

    private static SortedMap<String, String> with(SortedMap<String, String> claims, String actor) {
        var more = new TreeMap<>(claims);
        more.put("act", actor);
        return more;
    }
}
