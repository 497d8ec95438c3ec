package segue.server.settings;

import segue.domain.secret.Secret;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// How the text of a setting becomes a value.
///
/// @param expected what would be right, for a person: "give a number from 0 to 65535"
public record Type<T>(String expected, Function<Given.Shape, Reading<T>> reader) {
    private static final Pattern DURATION = Pattern.compile("([1-9]\\d{0,8})(ms|s|m|h|d)");
    private static final Pattern RATE = Pattern.compile("([1-9]\\d{0,8})/(s|min|h|d)");
    private static final Pattern SHARE = Pattern.compile("0(\\.\\d{1,9})?|1(\\.0{1,9})?");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");
    private static final Pattern HOST =
            Pattern.compile(
                    "(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
                            + "(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
    private static final String FILE = "file:";
    private static final int LONGEST_SECRET_FILE = 64 * 1024;

    /// A value, or what is wrong with the text.
    sealed interface Reading<T> {
        record Read<T>(T value) implements Reading<T> {}

        record Wrong<T>(String what) implements Reading<T> {}
    }

    Reading<T> read(Given.Shape shape) {
        return reader.apply(shape);
    }

    /// Any text of one line that isn't empty.
    static Type<String> text() {
        return scalar(
                "give a text of one line",
                text -> text.isBlank() || hasControls(text) ? Optional.empty() : Optional.of(text));
    }

    /// A whole number in a range.
    static Type<Integer> number(int least, int most) {
        return scalar(
                "give a whole number from " + least + " to " + most,
                text -> {
                    if (!NUMBER.matcher(text).matches()) return Optional.empty();
                    var number = Integer.parseInt(text);
                    return number < least || number > most ? Optional.empty() : Optional.of(number);
                });
    }

    /// A TCP port; 0 is any free one.
    static Type<Integer> port() {
        return number(0, 65535);
    }

    static Type<Duration> duration() {
        return scalar("give a time like 500ms, 20s, 15m, 12h or 30d", Type::time);
    }

    private static Optional<Duration> time(String text) {
        var match = DURATION.matcher(text);
        if (!match.matches()) return Optional.empty();
        return Optional.of(unit(match.group(2)).multipliedBy(amount(match.group(1))));
    }

    /// A time of at least a day, or `off`.
    static Type<Optional<Duration>> period() {
        return scalar(
                "give a time of at least 1d, like 90d, or off",
                text -> {
                    if (text.equals("off")) return Optional.of(Optional.empty());
                    var time = time(text).filter(it -> it.compareTo(Duration.ofDays(1)) >= 0);
                    return time.isPresent() ? Optional.of(time) : Optional.empty();
                });
    }

    static Type<Rate> rate() {
        return scalar(
                "give a rate like 50/s, 600/min, 5/h or 100/d",
                text -> {
                    var match = RATE.matcher(text);
                    if (!match.matches()) return Optional.empty();
                    return Optional.of(new Rate(amount(match.group(1)), unit(match.group(2))));
                });
    }

    static Type<Boolean> onOff() {
        return scalar(
                "give on or off",
                text ->
                        switch (text) {
                            case "on" -> Optional.of(true);
                            case "off" -> Optional.of(false);
                            default -> Optional.empty();
                        });
    }

    /// A number from 0 to 1.
    static Type<Double> share() {
        return scalar(
                "give a number from 0 to 1, like 0.05",
                text ->
                        SHARE.matcher(text).matches()
                                ? Optional.of(Double.parseDouble(text))
                                : Optional.empty());
    }

    /// Where spans go. A user or password in it would be printed sooner or later.
    static Type<URI> collector() {
        return scalar(
                "give http://host:port/path or https://host:port/path, without user, query and"
                        + " fragment",
                text -> {
                    try {
                        var uri = new URI(text);
                        var isWeb =
                                "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
                        var isBare =
                                uri.getRawUserInfo() == null
                                        && uri.getRawQuery() == null
                                        && uri.getRawFragment() == null;
                        return isWeb && isBare && uri.getHost() != null
                                ? Optional.of(uri)
                                : Optional.empty();
                    } catch (URISyntaxException notAUri) {
                        return Optional.empty();
                    }
                });
    }

    /// A file or folder, relative to the working directory; it need not exist.
    static Type<Path> path() {
        return scalar(
                "give a path",
                text -> {
                    if (text.isBlank()) return Optional.empty();
                    try {
                        return Optional.of(Path.of(text));
                    } catch (InvalidPathException notAPath) {
                        return Optional.empty();
                    }
                });
    }

    /// A host name in lower case, without a port.
    static Type<String> hostName() {
        return scalar(
                "give a host name in lower case, without scheme and port",
                text -> HOST.matcher(text).matches() ? Optional.of(text) : Optional.empty());
    }

    /// Where to listen: a host name or an address.
    static Type<String> listenHost() {
        return scalar(
                "give an address like 127.0.0.1, 0.0.0.0 or ::1, or a host name",
                text -> {
                    var isHost = HOST.matcher(text).matches() && !text.matches("[0-9.]+");
                    var isAddress = text.indexOf('/') < 0 && Cidr.parse(text).isPresent();
                    return isHost || isAddress ? Optional.of(text) : Optional.empty();
                });
    }

    static Type<Cidr> cidr() {
        return scalar("give a range like 10.0.0.0/8 or 2001:db8::/32", Cidr::parse);
    }

    /// The base URL of the provider. What its scheme needs is judged with the other settings.
    static Type<URI> issuer() {
        return scalar(
                "give https://host/ (http for loopback hosts only), ending in / and without path,"
                        + " query or fragment",
                text -> {
                    try {
                        var uri = new URI(text);
                        var isWeb =
                                "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
                        var host = uri.getHost();
                        if (!isWeb || host == null || uri.getRawUserInfo() != null) {
                            return Optional.empty();
                        }
                        // Clients compare issuers as text (RFC 9207 §2.4), so we take only the one
                        // spelling.
                        var port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
                        var plain =
                                uri.getScheme()
                                        + "://"
                                        + host.toLowerCase(Locale.ROOT)
                                        + port
                                        + "/";
                        return text.equals(plain) ? Optional.of(uri) : Optional.empty();
                    } catch (URISyntaxException notAUri) {
                        return Optional.empty();
                    }
                });
    }

    /// A JDBC URL. Its text isn't repeated in a complaint, for people write passwords into it.
    static Type<String> databaseUrl() {
        var expected = "give jdbc:postgresql://host/database or jdbc:sqlite:/path/to/file";
        return new Type<>(
                expected,
                shape ->
                        switch (shape) {
                            case Given.Text(var text) when hasControls(text) ->
                                    new Reading.Wrong<>("there are control characters in it");
                            case Given.Text(var text)
                                    when text.startsWith("jdbc:postgresql:")
                                            || (text.startsWith("jdbc:sqlite:")
                                                    && text.length() > "jdbc:sqlite:".length()) ->
                                    new Reading.Read<>(text);
                            case Given.Text _ ->
                                    new Reading.Wrong<>("this is no URL of a database we know");
                            case Given.Items _ -> new Reading.Wrong<>("this is a list");
                        });
    }

    /// One of an enum's constants, in lower case.
    static <E extends Enum<E>> Type<E> oneOf(Class<E> type) {
        var words =
                Arrays.stream(type.getEnumConstants())
                        .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                        .toList();
        return scalar(
                "give " + String.join(" or ", words),
                text ->
                        Arrays.stream(type.getEnumConstants())
                                .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(text))
                                .findFirst());
    }

    /// A credential, given itself or as `file:/path`; one line break at the end of the file is not
    /// part of it.
    static Type<Secret> secret() {
        return new Type<>(
                "give the value itself or file:/path of a readable file that holds it",
                shape ->
                        switch (shape) {
                            case Given.Items _ -> new Reading.Wrong<>("this is a list");
                            case Given.Text(var text) when text.startsWith(FILE) ->
                                    fromFile(text.substring(FILE.length()));
                            case Given.Text(var text) when text.isEmpty() ->
                                    new Reading.Wrong<>("this is empty");
                            case Given.Text(var text) -> new Reading.Read<>(new Secret(text));
                        });
    }

    /// A credential of which more is asked.
    static Type<Secret> masterKey() {
        var plain = secret();
        var expected =
                "give 32 random bytes in Base64 or hexadecimal, e.g. from `openssl rand -base64"
                        + " 32`, or file:/path";
        return new Type<>(
                expected,
                shape ->
                        switch (plain.read(shape)) {
                            case Reading.Read<Secret>(var key)
                                    when MasterKeyText.decode(key).isEmpty() ->
                                    new Reading.Wrong<>("this doesn't hold 256 bits");
                            case Reading.Read<Secret> read -> read;
                            case Reading.Wrong<Secret> wrong -> wrong;
                        });
    }

    /// Several values: a list in YAML, separated by commas elsewhere.
    static <T> Type<List<T>> listOf(Type<T> type) {
        return new Type<>(
                "for each: " + type.expected(),
                shape -> {
                    var items =
                            switch (shape) {
                                case Given.Items(var several) -> several;
                                case Given.Text(var text) when text.isBlank() -> List.<String>of();
                                case Given.Text(var text) ->
                                        Arrays.stream(text.split(",", -1))
                                                .map(String::strip)
                                                .toList();
                            };
                    var values = new ArrayList<T>();
                    var wrong = new ArrayList<String>();
                    for (var item : items) {
                        switch (type.read(new Given.Text(item))) {
                            case Reading.Read<T>(var value) -> values.add(value);
                            case Reading.Wrong<T>(var what) -> wrong.add(what);
                        }
                    }
                    return wrong.isEmpty()
                            ? new Reading.Read<>(List.copyOf(values))
                            : new Reading.Wrong<>(String.join(", ", wrong));
                });
    }

    private static <T> Type<T> scalar(String expected, Function<String, Optional<T>> parser) {
        return new Type<>(
                expected,
                shape ->
                        switch (shape) {
                            case Given.Items _ -> new Reading.Wrong<>("this is a list");
                            case Given.Text(var text) ->
                                    parser.apply(text)
                                            .<Reading<T>>map(Reading.Read::new)
                                            .orElseGet(
                                                    () ->
                                                            new Reading.Wrong<>(
                                                                    quoted(text) + " doesn't fit"));
                        });
    }

    private static Reading<Secret> fromFile(String name) {
        try {
            var path = Path.of(name);
            if (!Files.isRegularFile(path)) {
                return new Reading.Wrong<>("there is no file " + quoted(name));
            }
            if (Files.size(path) > LONGEST_SECRET_FILE) {
                return new Reading.Wrong<>(
                        "the file " + quoted(name) + " is too long for a secret");
            }
            var text = Files.readString(path);
            if (text.endsWith("\n")) text = text.substring(0, text.length() - 1);
            if (text.endsWith("\r")) text = text.substring(0, text.length() - 1);
            if (text.isEmpty()) {
                return new Reading.Wrong<>("the file " + quoted(name) + " is empty");
            }
            return new Reading.Read<>(new Secret(text));
        } catch (IOException | InvalidPathException unreadable) {
            return new Reading.Wrong<>("the file " + quoted(name) + " can't be read as text");
        }
    }

    private static int amount(String digits) {
        return Integer.parseInt(digits);
    }

    private static Duration unit(String letter) {
        return switch (letter) {
            case "ms" -> Duration.ofMillis(1);
            case "s" -> Duration.ofSeconds(1);
            case "m", "min" -> Duration.ofMinutes(1);
            case "h" -> Duration.ofHours(1);
            case "d" -> Duration.ofDays(1);
            default -> throw new IllegalArgumentException("the patterns know no unit " + letter);
        };
    }

    private static boolean hasControls(String text) {
        return text.chars().anyMatch(Character::isISOControl);
    }

    /// A piece of what was typed, for a complaint: short, and harmless to a terminal.
    static String quoted(String text) {
        var harmless = text.replaceAll("\\p{C}", "?");
        return '"' + (harmless.length() > 60 ? harmless.substring(0, 60) + "…" : harmless) + '"';
    }
}
