package segue.server.action;

import segue.domain.action.MetadataEdit;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// One call that a script made; an argument that wasn't given is as good as `null`.
record Call(String name, JsonNode arguments) {
    /// The end of the year 9999: later ends can't be written as a date.
    private static final long LATEST_MILLIS = 253_402_300_799_999L;

    private static final int LONGEST_REASON = 1000;
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_URL = 8 * 1024;

    /// The most bytes of one entry of a user's metadata; our choice, the contract knows none.
    private static final int MOST_USER_METADATA = 16 * 1024;

    private static final int LONGEST_TRANSACTION_KEY = 64;
    private static final int MOST_TRANSACTION_BYTES = 8 * 1024;

    /// An argument that doesn't fit. It never leaves [Asked].
    static final class Wrong extends Exception {
        private static final long serialVersionUID = 1L;
        private final String what;

        Wrong(String what) {
            super(what, null, false, false);
            this.what = what;
        }

        String what() {
            return what;
        }
    }

    /// The same, if its arguments can be stored and put into a token.
    Call checked() throws Wrong {
        var problem = Json.problem(arguments);
        if (problem.isPresent()) throw new Wrong(problem.get());
        return this;
    }

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

    String reason(int index) throws Wrong {
        return text(index, "reason", LONGEST_REASON);
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
    JsonNode options(int index, Set<String> known) throws Wrong {
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
