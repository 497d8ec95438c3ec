package segue.domain.logout;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// A client's `oidc_logout`: where it wants to hear that a session of its users has ended, and of
/// which ends (contract authentication-api §6.3).
///
/// @param uris `backchannel_logout_urls`
/// @param initiators the ends that it wants to hear of, none if it names no URL. A client that
///   names a URL and no initiators hears of all: what it isn't told, it goes on trusting
public record BackchannelLogout(List<String> uris, Set<Initiator> initiators) {
    /// A client that wants to hear nothing.
    public static final BackchannelLogout OFF = new BackchannelLogout(List.of(), Set.of());

    /// Every end there is.
    public static final Set<Initiator> ALL = Set.copyOf(EnumSet.allOf(Initiator.class));

    public BackchannelLogout {
        uris = List.copyOf(uris);
        initiators = uris.isEmpty() ? Set.of() : Set.copyOf(initiators);
    }
}
