package segue.server.profile;

import segue.storage.jdbc.UserTable;

import java.util.Optional;
import java.util.stream.Stream;

/// How a page names a user to somebody who may not be them: enough to recognise oneself, too little
/// to learn an address.
public final class MaskedName {
    private static final String HIDDEN = "•••";

    private MaskedName() {}

    /// `k•••@example.org`, or `k•••` if there is no e-mail address; empty if there is no name
    /// either.
    public static Optional<String> of(UserTable.Profile profile) {
        var known =
                Claims.of(profile, "email nickname name", Optional.empty(), Claims.Target.USERINFO);
        return Stream.of("email", "nickname", "name")
                .map(known::get)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .filter(name -> !name.isEmpty())
                .findFirst()
                .map(MaskedName::masked);
    }

    private static String masked(String name) {
        var first = Character.toString(name.codePointAt(0));
        var at = name.lastIndexOf('@');
        return first + HIDDEN + (at > 0 ? name.substring(at) : "");
    }
}
