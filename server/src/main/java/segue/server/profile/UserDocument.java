package segue.server.profile;

import segue.domain.identifier.UserId;
import segue.storage.jdbc.UserDirectory.Keys;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// What is stored of a user (contract management-api §5).
public final class UserDocument {
    public static final Pattern EMAIL = Pattern.compile("[^\\s@<>]{1,64}@[^\\s@<>]{1,190}");
    public static final Pattern USERNAME = Pattern.compile("\\S{1,128}");

    /// A user's id within their connection.
    public static final Pattern LOCAL_ID = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    private static final List<String> PERSONAL =
            List.of("email", "username", "name", "nickname", "given_name", "family_name");

    private static final JsonMapper JSON = new JsonMapper();

    private UserDocument() {}

    /// @param local within the connection
    public static UserId id(String local) {
        return new UserId("auth0|" + local);
    }

    /// What is known of a new user before anything else is said about them. An e-mail address is
    /// nobody's until it is verified.
    ///
    /// @param login the e-mail address, or what they are called by instead
    public static ObjectNode fresh(UserId id, Optional<String> email, String login) {
        var document = JSON.createObjectNode();
        document.put("user_id", id.value());
        email.ifPresent(
                it ->
                        document.put("email", it.toLowerCase(Locale.ROOT))
                                .put("email_verified", false));
        return document.put("name", login)
                .put(
                        "nickname",
                        login.contains("@") ? login.substring(0, login.indexOf('@')) : login)
                .put(
                        "picture",
                        "https://s.gravatar.com/avatar/"
                                + md5(login.toLowerCase(Locale.ROOT))
                                + "?s=480&r=pg");
    }

    /// Gravatar's name for an address; no secret, no signature.
    private static String md5(String text) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("MD5")
                                    .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    /// What somebody would guess first who knows the user: their names, and the part of the e-mail
    /// address before the `@`.
    public static List<String> personal(ObjectNode document) {
        return PERSONAL.stream()
                .flatMap(name -> text(document, name).stream())
                .map(it -> it.replaceFirst("@.*", ""))
                .toList();
    }

    /// What is stored beside the document.
    ///
    /// @param hash of a new password
    public static Keys keys(ObjectNode document, Optional<String> hash) {
        return new Keys(
                text(document, "email"),
                text(document, "username").map(it -> it.toLowerCase(Locale.ROOT)),
                text(document, "name"),
                hash,
                document.path("blocked").asBoolean(false));
    }

    private static Optional<String> text(ObjectNode document, String name) {
        return Optional.of(document.path(name).asString("")).filter(it -> !it.isEmpty());
    }
}
