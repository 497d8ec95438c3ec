package segue.domain.log;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// The short form of a `User-Agent` header, as the tenant log has it: `Chrome 131.0.0 / Mac OS X
/// 10.15.7` (contract management-api §8). It says what the header says and guesses nothing: what
/// isn't known is `Other 0.0.0`.
public final class UserAgent {
    private static final String UNKNOWN = "Other 0.0.0";

    /// Longer headers say nothing more, and patterns cost time.
    private static final int READ = 512;

    private static final String VERSION = "(\\d+(?:[._]\\d+)*)";

    /// A name, and the pattern whose first group is its version.
    private record Family(String name, Pattern pattern) {
        static Family of(String name, String pattern) {
            return new Family(name, Pattern.compile(pattern.replace("VERSION", VERSION)));
        }
    }

    /// The special before the general: each of these also calls itself what stands further below.
    private static final List<Family> BROWSERS =
            List.of(
                    Family.of("Edge", "Edg(?:A|iOS)?/VERSION"),
                    Family.of("Opera", "OPR/VERSION"),
                    Family.of("Samsung Internet", "SamsungBrowser/VERSION"),
                    Family.of("Firefox iOS", "FxiOS/VERSION"),
                    Family.of("Chrome Mobile iOS", "CriOS/VERSION"),
                    Family.of("Firefox Mobile", "Mobile;.* Firefox/VERSION"),
                    Family.of("Firefox", "Firefox/VERSION"),
                    Family.of("HeadlessChrome", "HeadlessChrome/VERSION"),
                    Family.of("Chrome Mobile WebView", "; wv\\).* Chrome/VERSION"),
                    Family.of("Chrome Mobile", "Chrome/VERSION Mobile"),
                    Family.of("Chrome", "Chrome/VERSION"),
                    Family.of("Mobile Safari", "Version/VERSION Mobile/\\w+ Safari/"),
                    Family.of("Safari", "Version/VERSION Safari/"));

    private static final List<Family> SYSTEMS =
            List.of(
                    Family.of("Android", "Android VERSION"),
                    Family.of("iOS", "(?:iPhone|iPad|iPod).* OS VERSION"),
                    Family.of("Mac OS X", "Mac OS X VERSION"),
                    Family.of("Windows", "Windows NT VERSION"),
                    Family.of("Chrome OS", "CrOS \\w+ VERSION"),
                    Family.of("Darwin", "Darwin/VERSION"),
                    Family.of("Android", "Android()"),
                    Family.of("Linux", "Linux()"));

    /// What calls itself by name and version first, as HTTP libraries and apps do.
    private static final Pattern PRODUCT =
            Pattern.compile("^(?!Mozilla/)([A-Za-z][\\w.-]{0,49})/" + VERSION);

    private UserAgent() {}

    /// The short form.
    ///
    /// @param header as it was sent; empty if none was
    /// @return empty if the header is
    public static String shortForm(String header) {
        if (header.isEmpty()) return "";
        var text = header.substring(0, Math.min(header.length(), READ));
        var browser = named(BROWSERS, text).or(() -> product(text)).orElse(UNKNOWN);
        return browser + " / " + named(SYSTEMS, text).orElse(UNKNOWN);
    }

    /// Whether a short form is that of a phone or a tablet.
    public static boolean isMobile(String shortForm) {
        return shortForm.contains("Mobile")
                || shortForm.contains("/ Android ")
                || shortForm.contains("/ iOS ");
    }

    private static Optional<String> named(List<Family> families, String text) {
        for (var family : families) {
            var match = family.pattern().matcher(text);
            if (match.find()) return Optional.of(family.name() + " " + version(match.group(1)));
        }
        return Optional.empty();
    }

    private static Optional<String> product(String text) {
        var match = PRODUCT.matcher(text);
        return match.find()
                ? Optional.of(match.group(1) + " " + version(match.group(2)))
                : Optional.empty();
    }

    /// Three numbers.
    private static String version(String text) {
        var numbers = new ArrayList<>(List.of(text.split("[._]", -1)));
        numbers.removeIf(String::isEmpty);
        while (numbers.size() < 3) numbers.add("0");
        return String.join(".", numbers.subList(0, 3));
    }
}
