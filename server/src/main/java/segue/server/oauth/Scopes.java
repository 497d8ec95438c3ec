package segue.server.oauth;

import segue.domain.client.Client;
import segue.domain.resource.ResourceServer;
import segue.server.profile.Claims;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What of a requested scope a user can grant a client (contract authentication-api §4.3,
/// management-api §3).
public final class Scopes {
    private Scopes() {}

    /// A decision about a requested scope.
    public sealed interface Granted {
        /// @param scope space separated, in the order of the request, without what isn't available
        /// @param offline whether a refresh token is due
        record Allowed(String scope, boolean offline) implements Granted {}

        /// The API isn't for users of this client.
        record Denied(OAuthError error) implements Granted {}
    }

    /// Decides.
    ///
    /// @param api empty if the request names none
    /// @param userGrant the scopes of a client grant with `subject_type` `user`
    public static Granted of(
            String requested,
            Client client,
            Optional<ResourceServer> api,
            Optional<Set<String>> userGrant) {
        var available = new LinkedHashSet<>(Claims.SCOPES);
        if (api.isPresent()) {
            var server = api.get();
            var scopes = ofUsers(server, client, userGrant);
            if (scopes.isEmpty())
                return new Granted.Denied(
                        OAuthError.of(
                                OAuthError.Code.ACCESS_DENIED,
                                "Client is not authorized to access resource server \""
                                        + server.identifier()
                                        + "\"."));
            available.addAll(scopes.get());
        }
        var isOffline =
                client.mayUse("refresh_token")
                        && api.map(ResourceServer::allowsOfflineAccess).orElse(true);
        if (!isOffline) available.remove("offline_access");
        var granted = new LinkedHashSet<>(List.of(requested.strip().split("\\s+")));
        granted.retainAll(available);
        return new Granted.Allowed(String.join(" ", granted), granted.contains("offline_access"));
    }

    /// The scopes of an API that users may grant a client; empty if none of its tokens are for
    /// users of this client.
    ///
    /// @param userGrant the scopes of a client grant with `subject_type` `user`
    public static Optional<Set<String>> ofUsers(
            ResourceServer server, Client client, Optional<Set<String>> userGrant) {
        // With permissions enforced a user has those of their roles; nobody has a role yet.
        var defined = server.enforcesPermissions() ? Set.<String>of() : server.scopes();
        return switch (server.userPolicy()) {
            // Any first-party client; somebody else's needs a grant.
            case ALLOW_ALL ->
                    client.isFirstParty() ? Optional.of(defined) : both(defined, userGrant);
            case DENY_ALL -> Optional.empty();
            case REQUIRE_CLIENT_GRANT -> both(defined, userGrant);
        };
    }

    private static Optional<Set<String>> both(
            Set<String> defined, Optional<Set<String>> userGrant) {
        return userGrant.map(
                scopes -> {
                    var both = new LinkedHashSet<>(scopes);
                    both.retainAll(defined);
                    return Set.copyOf(both);
                });
    }

    /// A narrower scope of what was granted: requested ∩ granted, or all of it if none was
    /// requested.
    public static String narrowed(Optional<String> requested, String granted) {
        if (requested.isEmpty()) return granted;
        var kept = new LinkedHashSet<>(List.of(requested.get().strip().split("\\s+")));
        kept.retainAll(List.of(granted.split(" ", -1)));
        return String.join(" ", kept);
    }

    /// Whether a scope is among granted ones.
    public static boolean has(String granted, String scope) {
        return List.of(granted.split(" ", -1)).contains(scope);
    }
}
