package segue.server.action;

import segue.domain.action.Effect;
import segue.domain.action.MetadataEdit;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Turns the calls that a script made into what it asked for (contract actions §4). A worker may
/// say anything: each argument's type and range is looked at here, and what doesn't fit is
/// [Effect.Malformed], which denies the sign-in.
final class Effects {
    /// The end of the year 9999: later ends can't be written as a date.
    private static final long LATEST_MILLIS = 253_402_300_799_999L;

    private static final int LONGEST_REASON = 1000;
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_URL = 8 * 1024;

    /// The most bytes of one entry of a user's metadata; our choice, the contract knows none.
    private static final int MOST_USER_METADATA = 16 * 1024;

    private static final int LONGEST_TRANSACTION_KEY = 64;
    private static final int MOST_TRANSACTION_BYTES = 8 * 1024;

    private Effects() {}

    /// What a script asked for, in its order.
    ///
    /// @param calls `[{"call":…, "args":[…]}, …]`
    static Asked read(JsonNode calls) {
        var effects = new ArrayList<Effect>();
        var cache = new ArrayList<CacheEdit>();
        for (var it : calls) {
            var call = new Call(it.path("call").asString(""), it.path("args"));
            try {
                switch (call.name()) {
                    case "cache.set" -> cache.add(put(call));
                    case "cache.delete" -> cache.add(new CacheEdit.Delete(call.text(0, "key")));
                    default -> effects.add(effect(call));
                }
            } catch (Wrong e) {
                effects.add(new Effect.Malformed("api." + call.name() + ": " + e.what));
            }
        }
        return new Asked(effects, cache);
    }

    private static Effect effect(Call it) throws Wrong {
        var problem = Json.problem(it.arguments());
        if (problem.isPresent()) throw new Wrong(problem.get());
        return switch (it.name()) {
            case "access.deny" -> new Effect.Deny(it.reason());
            case "validation.error" ->
                    new Effect.Invalidate(it.text(0, "code"), it.text(1, "message"));
            case "accessToken.setCustomClaim" ->
                    new Effect.SetAccessTokenClaim(it.name(0), it.value(1));
            case "accessToken.addScope" -> new Effect.AddScope(it.name(0));
            case "accessToken.removeScope" -> new Effect.RemoveScope(it.name(0));
            case "idToken.setCustomClaim" -> new Effect.SetIdTokenClaim(it.name(0), it.value(1));
            case "session.setExpiresAt" -> new Effect.SetSessionExpiresAt(it.time());
            case "session.setIdleExpiresAt" -> new Effect.SetSessionIdleExpiresAt(it.time());
            case "session.revoke" -> new Effect.RevokeSession(it.reason(), it.preserves());
            case "session.setCookieMode" -> new Effect.SetCookieMode(it.isPersistent());
            case "session.setMetadata" -> new Effect.EditSessionMetadata(it.put());
            case "session.deleteMetadata" ->
                    new Effect.EditSessionMetadata(new MetadataEdit.Delete(it.text(0, "key")));
            case "session.evictMetadata" ->
                    new Effect.EditSessionMetadata(new MetadataEdit.Evict());
            case "refreshToken.revoke" -> new Effect.RevokeRefreshToken(it.reason());
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
            default -> throw new Wrong("it is not supported");
        };
    }

    private static CacheEdit put(Call it) throws Wrong {
        return new CacheEdit.Put(
                it.text(0, "key"), it.text(1, "value"), it.millis(it.at(2).path("expires_at")));
    }

    /// An argument that doesn't fit. It never leaves this class.
    private static final class Wrong extends Exception {
        private static final long serialVersionUID = 1L;
        private final String what;

        private Wrong(String what) {
            super(what, null, false, false);
            this.what = what;
        }
    }

    /// One call; an argument that wasn't given is as good as `null`.
    private record Call(String name, JsonNode arguments) {
        JsonNode at(int index) {
            return arguments.path(index);
        }

        private boolean isAbsent(int index) {
            return at(index).isMissingNode() || at(index).isNull();
        }

        String text(int index, String what) throws Wrong {
            if (!at(index).isString()) throw new Wrong("the " + what + " must be a string");
            return at(index).stringValue();
        }

        private String text(int index, String what, int longest) throws Wrong {
            var text = text(index, what);
            if (text.length() > longest)
                throw new Wrong("the " + what + " is longer than " + longest + " characters");
            return text;
        }

        String reason() throws Wrong {
            return text(0, "reason", LONGEST_REASON);
        }

        String name(int index) throws Wrong {
            var name = text(index, "name", LONGEST_NAME);
            if (name.isEmpty()) throw new Wrong("the name is empty");
            return name;
        }

        /// JSON; empty for `null`, which removes.
        Optional<String> value(int index) {
            return isAbsent(index) ? Optional.empty() : Optional.of(at(index).toString());
        }

        Optional<String> userValue() throws Wrong {
            var value = value(1);
            if (value.isPresent() && bytes(value.get()) > MOST_USER_METADATA)
                throw new Wrong("the value exceeds " + MOST_USER_METADATA + " bytes");
            return value;
        }

        String transactionKey() throws Wrong {
            var key = text(0, "key", LONGEST_TRANSACTION_KEY);
            if (key.isEmpty()) throw new Wrong("the key is empty");
            return key;
        }

        Optional<String> transactionValue() throws Wrong {
            if (isAbsent(1)) return Optional.empty();
            var value = at(1);
            if (!value.isString() && !value.isNumber() && !value.isBoolean())
                throw new Wrong("the value must be a string, a number or a boolean");
            if (value.isString() && bytes(value.stringValue()) > MOST_TRANSACTION_BYTES)
                throw new Wrong("the value exceeds " + MOST_TRANSACTION_BYTES + " bytes");
            return Optional.of(value.toString());
        }

        Instant time() throws Wrong {
            return millis(at(0));
        }

        Instant millis(JsonNode number) throws Wrong {
            if (!number.isNumber()) throw new Wrong("the time must be a number of milliseconds");
            var millis = number.asDouble();
            if (millis < 0 || millis > LATEST_MILLIS) throw new Wrong("the time is out of range");
            return Instant.ofEpochMilli((long) millis);
        }

        boolean isPersistent() throws Wrong {
            return switch (text(0, "mode")) {
                case "persistent" -> true;
                case "non-persistent" -> false;
                default -> throw new Wrong("the mode is 'persistent' or 'non-persistent'");
            };
        }

        boolean preserves() throws Wrong {
            if (isAbsent(1)) return false;
            var options = options(1, Set.of("preserveRefreshTokens"));
            var preserves = options.path("preserveRefreshTokens");
            if (preserves.isMissingNode()) return false;
            if (!preserves.isBoolean()) throw new Wrong("preserveRefreshTokens must be a boolean");
            return preserves.booleanValue();
        }

        /// A misspelt option must not be passed over.
        private JsonNode options(int index, Set<String> known) throws Wrong {
            if (!at(index).isObject()) throw new Wrong("the options must be an object");
            for (var option : at(index).propertyNames())
                if (!known.contains(option)) throw new Wrong("there is no option '" + option + "'");
            return at(index);
        }

        MetadataEdit put() throws Wrong {
            return new MetadataEdit.Put(text(0, "key"), text(1, "value"));
        }

        String url() throws Wrong {
            var text = text(0, "URL", LONGEST_URL);
            var query = isAbsent(1) ? "" : query(options(1, Set.of("query")).path("query"));
            try {
                var url = new URI(text);
                if (!isWeb(url)) throw new Wrong("the URL must be absolute, https or http");
                if (query.isEmpty()) return text;
                var fragment = text.indexOf('#');
                var base = fragment < 0 ? text : text.substring(0, fragment);
                var rest = fragment < 0 ? "" : text.substring(fragment);
                return base + (url.getRawQuery() == null ? "?" : "&") + query + rest;
            } catch (URISyntaxException e) {
                throw new Wrong("this isn't a URL");
            }
        }

        private static boolean isWeb(URI url) {
            return url.getHost() != null
                    && url.getRawUserInfo() == null
                    && ("https".equals(url.getScheme()) || "http".equals(url.getScheme()));
        }

        private static String query(JsonNode query) throws Wrong {
            if (query.isMissingNode() || query.isNull()) return "";
            if (!query.isObject()) throw new Wrong("the query must be an object");
            for (var value : query.values())
                if (!value.isValueNode() || value.isNull())
                    throw new Wrong("the query's values must be strings, numbers or booleans");
            return query.properties().stream()
                    .map(it -> encoded(it.getKey()) + "=" + encoded(it.getValue().asString()))
                    .collect(Collectors.joining("&"));
        }

        private static String encoded(String text) {
            return URLEncoder.encode(text, StandardCharsets.UTF_8);
        }

        private static int bytes(String text) {
            return text.getBytes(StandardCharsets.UTF_8).length;
        }
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
