package segue.server.password;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// What people have chosen most often, of eight characters and more, in lower case: the passwords
/// that are tried first (THREATS R35.5). Where the list comes from stands in `docs/passwords.md`.
final class CommonPasswords {
    private static final String FILE = "common-passwords.txt";
    private static final Set<String> ALL = read();

    private CommonPasswords() {}

    private static Set<String> read() {
        try (var stream = CommonPasswords.class.getResourceAsStream(FILE)) {
            if (stream == null) throw new IllegalStateException("the list is part of the server");
            var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
            return reader.lines().collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// In whatever case it is written.
    static boolean has(String password) {
        return ALL.contains(password.toLowerCase(Locale.ROOT));
    }

    static int size() {
        return ALL.size();
    }
}
