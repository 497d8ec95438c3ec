package segue.server.action;

import segue.domain.action.Effect;

import java.util.Optional;

/// Writes what an Action asked for as contract actions §4 spells the call, for whoever writes
/// Actions.
final class EffectText {
    private EffectText() {}

    /// One line.
    static String of(Effect effect) {
        return switch (effect) {
            case Effect.Deny(var reason) -> "access.deny " + reason;
            case Effect.Invalidate(var code, var message) ->
                    "validation.error " + code + " " + message;
            case Effect.SetIdTokenClaim(var name, var value) ->
                    "idToken.setCustomClaim " + entry(name, value);
            case Effect.SetAccessTokenClaim(var name, var value) ->
                    "accessToken.setCustomClaim " + entry(name, value);
            case Effect.AddScope(var scope) -> "accessToken.addScope " + scope;
            case Effect.RemoveScope(var scope) -> "accessToken.removeScope " + scope;
            case Effect.SetSessionExpiresAt(var at) -> "session.setExpiresAt " + at;
            case Effect.SetSessionIdleExpiresAt(var at) -> "session.setIdleExpiresAt " + at;
            case Effect.SetCookieMode(var persistent) ->
                    "session.setCookieMode " + (persistent ? "persistent" : "non-persistent");
            case Effect.RevokeSession(var reason, var preserves) ->
                    "session.revoke "
                            + reason
                            + (preserves ? " (refresh tokens are preserved)" : "");
            case Effect.EditSessionMetadata(var edit) -> "session metadata " + edit;
            case Effect.SetRefreshTokenExpiresAt(var at) -> "refreshToken.setExpiresAt " + at;
            case Effect.SetRefreshTokenIdleExpiresAt(var at) ->
                    "refreshToken.setIdleExpiresAt " + at;
            case Effect.RevokeRefreshToken(var reason) -> "refreshToken.revoke " + reason;
            case Effect.EditRefreshTokenMetadata(var edit) -> "refresh token metadata " + edit;
            case Effect.SetAppMetadata(var key, var value) ->
                    "user.setAppMetadata " + entry(key, value);
            case Effect.SetUserMetadata(var key, var value) ->
                    "user.setUserMetadata " + entry(key, value);
            case Effect.SetTransactionMetadata(var key, var value) ->
                    "transaction.setMetadata " + entry(key, value);
            case Effect.Redirect(var url) -> "redirect.sendUserTo " + url;
            case Effect.Malformed(var problem) -> "makes no sense: " + problem;
        };
    }

    private static String entry(String name, Optional<String> value) {
        return name + " = " + value.orElse("(removed)");
    }
}
