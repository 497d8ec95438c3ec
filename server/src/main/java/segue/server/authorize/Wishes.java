package segue.server.authorize;

import segue.domain.resource.ResourceServer;
import segue.domain.scope.Scope;
import segue.domain.token.AuthorizationCode;
import segue.server.page.ConsentView;
import segue.server.profile.Claims;

import java.util.List;
import java.util.Map;

/// What a client is to get, in words for its user.
final class Wishes {
    private static final Map<String, String> WORDS =
            Map.ofEntries(
                    Map.entry("openid", "Recognise you when you come back"),
                    Map.entry("profile", "See your profile: your names and your picture"),
                    Map.entry("email", "See your email address"),
                    Map.entry("phone", "See your phone number"),
                    Map.entry("address", "See your postal address"),
                    Map.entry("name", "See your name"),
                    Map.entry("given_name", "See your given name"),
                    Map.entry("family_name", "See your family name"),
                    Map.entry("nickname", "See your nickname"),
                    Map.entry("picture", "See your picture"),
                    Map.entry("email_verified", "See whether your email address is verified"),
                    Map.entry("created_at", "See since when you have this account"),
                    Map.entry("offline_access", "Keep this access while you are away"));

    private Wishes() {}

    /// Of the account itself, in the order of the request.
    static List<String> ofAccount(AuthorizationCode sought) {
        var scopes = Scope.words(sought.request().scope());
        scopes.addAll(Claims.scopesOf(sought.request().requestedClaims()));
        scopes.retainAll(WORDS.keySet());
        return scopes.stream().map(WORDS::get).toList();
    }

    /// At an API, as its owner describes it.
    static ConsentView.Api at(ResourceServer server, AuthorizationCode sought) {
        var scopes = Scope.words(sought.request().scope());
        scopes.retainAll(server.scopes());
        return new ConsentView.Api(
                server.name(),
                scopes.stream()
                        .map(scope -> server.descriptions().getOrDefault(scope, scope))
                        .toList());
    }
}
