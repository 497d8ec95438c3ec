package segue.demo.browser;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads forms and headings out of HTML: tags and attributes in all their spellings, no tree. Of
/// fields it knows `input` and `button`; others it reports, so that no test passes because a field
/// was overlooked.
final class Html {
    // What comes between tags and isn't markup: comments, and the text of scripts and styles.
    private static final Pattern OPAQUE =
            Pattern.compile(
                    "<!--.*?-->|<(script|style)\\b.*?</\\1\\s*>",
                    Pattern.DOTALL | Pattern.CASE_INSENSITIVE);
    private static final Pattern TAG =
            Pattern.compile("<(/?[a-zA-Z][a-zA-Z0-9]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>");
    private static final Pattern ATTRIBUTE =
            Pattern.compile(
                    "([^\\s=/>\"']+)(?:\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)'|([^\\s\"'>]+)))?");
    private static final Pattern ENTITY =
            Pattern.compile("&(?:#(\\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos|nbsp));");
    private static final Map<String, String> NAMED =
            Map.of("amp", "&", "lt", "<", "gt", ">", "quot", "\"", "apos", "'", "nbsp", "\u00a0");

    private final URI page;
    private final String text;

    Html(URI page, String text) {
        this.page = page;
        this.text = OPAQUE.matcher(text).replaceAll("");
    }

    /// All forms, in order.
    List<Form> forms() {
        var forms = new ArrayList<Form>();
        Optional<Tag> form = Optional.empty();
        var fields = new LinkedHashMap<String, String>();
        var hasButton = false;
        var tags = TAG.matcher(text);
        while (tags.find()) {
            var tag = Tag.of(tags.group(1), tags.group(2));
            if (tag.name().equals("form")) {
                form = Optional.of(tag);
                fields.clear();
                hasButton = false;
            } else if (tag.name().equals("/form")) {
                form.ifPresent(it -> forms.add(form(it, fields)));
                form = Optional.empty();
            } else if (form.isPresent()) {
                if (tag.isSubmit() && hasButton) continue;
                hasButton |= tag.isSubmit();
                tag.field().ifPresent(it -> fields.put(it, tag.value()));
            }
        }
        return forms;
    }

    private Form form(Tag tag, Map<String, String> fields) {
        return new Form(
                page,
                page.resolve(tag.attribute("action").orElse(page.toString())),
                tag.attribute("method").filter("post"::equalsIgnoreCase).isPresent(),
                fields);
    }

    /// The text of the first element of a name, without the markup in it.
    Optional<String> textOf(String element) {
        var found =
                Pattern.compile(
                                "<" + element + "\\b[^>]*>(.*?)</" + element + "\\s*>",
                                Pattern.DOTALL | Pattern.CASE_INSENSITIVE)
                        .matcher(text);
        if (!found.find()) return Optional.empty();
        return Optional.of(unescaped(TAG.matcher(found.group(1)).replaceAll("")).strip());
    }

    static String unescaped(String text) {
        return ENTITY.matcher(text)
                .replaceAll(
                        it -> {
                            var decimal = Optional.ofNullable(it.group(1)).map(Integer::valueOf);
                            var hex =
                                    Optional.ofNullable(it.group(2))
                                            .map(digits -> Integer.valueOf(digits, 16));
                            var character = decimal.or(() -> hex).map(Character::toString);
                            return Matcher.quoteReplacement(
                                    character.orElseGet(() -> NAMED.getOrDefault(it.group(3), "")));
                        });
    }

    /// @param name in lower case, with the slash of an end tag
    private record Tag(String name, Map<String, String> attributes) {
        static Tag of(String name, String rest) {
            var attributes = new LinkedHashMap<String, String>();
            var found = ATTRIBUTE.matcher(rest);
            while (found.find()) {
                var value =
                        Optional.ofNullable(found.group(2))
                                .or(() -> Optional.ofNullable(found.group(3)))
                                .or(() -> Optional.ofNullable(found.group(4)));
                // HTML: of an attribute that is there twice, the first counts.
                attributes.putIfAbsent(
                        found.group(1).toLowerCase(Locale.ROOT), unescaped(value.orElse("")));
            }
            return new Tag(name.toLowerCase(Locale.ROOT), attributes);
        }

        Optional<String> attribute(String attribute) {
            return Optional.ofNullable(attributes.get(attribute));
        }

        String value() {
            return attribute("value").orElse(isCheckable() ? "on" : "");
        }

        /// The first button is the one that is clicked.
        boolean isSubmit() {
            var type = type();
            return name.equals("button")
                    ? type.isEmpty() || type.equals("submit")
                    : name.equals("input") && type.equals("submit");
        }

        /// The name under which it is sent; empty if it isn't.
        Optional<String> field() {
            if (name.equals("select") || name.equals("textarea"))
                throw new IllegalStateException("this browser doesn't fill in a " + name);
            if (!name.equals("input") && !name.equals("button")) return Optional.empty();
            var isSent =
                    switch (type()) {
                        case "submit", "" -> true;
                        case "button", "reset", "image", "file" -> false;
                        default -> !isCheckable() || attributes.containsKey("checked");
                    };
            return attribute("name")
                    .filter(it -> isSent && !it.isEmpty() && !attributes.containsKey("disabled"));
        }

        private boolean isCheckable() {
            return type().equals("checkbox") || type().equals("radio");
        }

        private String type() {
            return attribute("type").orElse("").toLowerCase(Locale.ROOT);
        }
    }
}
