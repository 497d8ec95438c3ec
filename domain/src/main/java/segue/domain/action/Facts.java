package segue.domain.action;

import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;

/// What [Rule] needs to know about a sign-in, read under the locks of the transaction that
/// completes it.
///
/// @param session empty where there is none, as in the password grant
/// @param refreshToken what is presented, or what may be issued
/// @param isForManagementApi whether the access token is for the Management API
public record Facts(
        Optional<SessionFacts> session,
        RefreshTokenFacts refreshToken,
        boolean isForManagementApi) {

    /// @param latestEnd the latest absolute end that the tenant's settings allow
    /// @param latestIdleEnd the latest idle end that they allow after this use
    public record SessionFacts(
            SortedMap<String, String> metadata, Instant latestEnd, Instant latestIdleEnd) {}

    /// @param isPresented whether this is an exchange of it; if not, one may be issued
    /// @param latestEnd its absolute end without the Actions, empty for never
    /// @param latestIdleEnd its idle end without the Actions, empty for never
    public record RefreshTokenFacts(
            boolean isPresented,
            SortedMap<String, String> metadata,
            Optional<Instant> latestEnd,
            Optional<Instant> latestIdleEnd) {}
}
