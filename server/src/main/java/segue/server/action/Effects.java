package segue.server.action;

import segue.domain.action.Effect;
import segue.domain.action.MetadataEdit;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.util.List;
import java.util.Optional;

/// Turns the calls that a script made into what it asked for (contract actions §4). A worker may
/// say anything: each argument's type and range is looked at here, and what doesn't fit is
/// [Effect.Malformed], which denies the sign-in.
final class Effects {
    private Effects() {}

    /// What a script asked for, in its order.
    ///
    /// @param calls `[{"call":…, "args":[…]}, …]`
    static Asked<Effect> read(JsonNode calls) {
        return Asked.read(calls, Effects::effect, Effect.Malformed::new);
    }

    private static Effect effect(Call it) throws Call.Wrong {
        return switch (it.name()) {
            case "access.deny" -> new Effect.Deny(it.reason(0));
            case "validation.error" ->
                    new Effect.Invalidate(it.text(0, "code"), it.text(1, "message"));
            case "accessToken.setCustomClaim" ->
                    new Effect.SetAccessTokenClaim(it.name(0), it.value(1));
            case "accessToken.addScope" -> new Effect.AddScope(it.name(0));
            case "accessToken.removeScope" -> new Effect.RemoveScope(it.name(0));
            case "idToken.setCustomClaim" -> new Effect.SetIdTokenClaim(it.name(0), it.value(1));
            case "session.setExpiresAt" -> new Effect.SetSessionExpiresAt(it.time());
            case "session.setIdleExpiresAt" -> new Effect.SetSessionIdleExpiresAt(it.time());
            case "session.revoke" -> new Effect.RevokeSession(it.reason(0), it.preserves());
            case "session.setCookieMode" -> new Effect.SetCookieMode(it.isPersistent());
            case "session.setMetadata" -> new Effect.EditSessionMetadata(it.put());
            case "session.deleteMetadata" ->
                    new Effect.EditSessionMetadata(new MetadataEdit.Delete(it.text(0, "key")));
            case "session.evictMetadata" ->
                    new Effect.EditSessionMetadata(new MetadataEdit.Evict());
            case "refreshToken.revoke" -> new Effect.RevokeRefreshToken(it.reason(0));
            case "refreshToken.setExpiresAt" -> new Effect.SetRefreshTokenExpiresAt(it.time());
            case "refreshToken.setIdleExpiresAt" ->
                    new Effect.SetRefreshTokenIdleExpiresAt(it.time());
            case "refreshToken.setMetadata" -> new Effect.EditRefreshTokenMetadata(it.put());
            case "refreshToken.deleteMetadata" ->
                    new Effect.EditRefreshTokenMetadata(new MetadataEdit.Delete(it.text(0, "key")));
            case "refreshToken.evictMetadata" ->
                    new Effect.EditRefreshTokenMetadata(new MetadataEdit.Evict());
            case "user.setAppMetadata" -> new Effect.SetAppMetadata(it.name(0), it.userValue());
            case "user.setUserMetadata" -> new Effect.SetUserMetadata(it.name(0), it.userValue());
            case "transaction.setMetadata" ->
                    new Effect.SetTransactionMetadata(it.transactionKey(), it.transactionValue());
            case "redirect.sendUserTo" -> new Effect.Redirect(it.url());
            default -> throw new Call.Wrong("it is not supported");
        };
    }

    /// Effects of someone who isn't a script, whose JSON nobody has looked at.
    static List<Effect> checked(List<Effect> effects) {
        return effects.stream().map(Effects::checked).toList();
    }

    private static Effect checked(Effect effect) {
        return switch (effect) {
            case Effect.SetIdTokenClaim(_, var value) -> checked(effect, value);
            case Effect.SetAccessTokenClaim(_, var value) -> checked(effect, value);
            case Effect.SetAppMetadata(_, var value) -> checked(effect, value);
            case Effect.SetUserMetadata(_, var value) -> checked(effect, value);
            case Effect.SetTransactionMetadata(_, var value) -> checked(effect, value);
            default -> effect;
        };
    }

    private static Effect checked(Effect effect, Optional<String> value) {
        return value.flatMap(Effects::problem).<Effect>map(Effect.Malformed::new).orElse(effect);
    }

    private static Optional<String> problem(String json) {
        try {
            return Json.problem(Json.MAPPER.readTree(json));
        } catch (JacksonException e) {
            return Optional.of("a value isn't JSON");
        }
    }
}
