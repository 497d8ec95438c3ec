package segue.server.settings;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/// Reads the configuration file, token by token rather than as a tree: so a scalar stays the text
/// that was typed (`0123` isn't 83), and a complaint knows its line. `a: {b: 1}` and `a.b: 1` mean
/// the same.
final class YamlFile {
    private final String name;
    private final YAMLParser parser;
    private final Collected collected;
    private final HashSet<String> seen = new HashSet<>();

    private YamlFile(String name, YAMLParser parser, Collected collected) {
        this.name = name;
        this.parser = parser;
        this.collected = collected;
    }

    static void read(Path file, Collected collected) {
        var name = String.valueOf(file.getFileName());
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException unreadable) {
            collected.complain(
                    "--config",
                    Type.quoted(file.toString()),
                    "this can't be read as a UTF-8 text file",
                    "name a readable YAML file");
            return;
        }
        try (var parser =
                (YAMLParser) new YAMLFactory().createParser(ObjectReadContext.empty(), text)) {
            new YamlFile(name, parser, collected).document();
        } catch (JacksonException broken) {
            // Its message quotes the line, which may hold a password.
            var at = broken.getLocation();
            var line = at == null ? 1 : at.getLineNr();
            collected.complain(
                    name + ":" + line, "file", "this isn't well-formed YAML", "mend this line");
        }
    }

    private void document() {
        var first = parser.nextToken();
        if (first == null || first == JsonToken.VALUE_NULL) return;
        if (first == JsonToken.START_OBJECT) {
            object("");
        } else {
            wrongAtTop();
        }
    }

    private void object(String prefix) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            var key = prefix + parser.currentName();
            var source = name + ":" + parser.currentTokenLocation().getLineNr();
            switch (parser.nextToken()) {
                case START_OBJECT -> object(key + ".");
                case START_ARRAY -> list(key, source);
                // `tenant-file:` with nothing behind it sets nothing.
                case VALUE_NULL -> {}
                default -> {
                    if (parser.isCurrentAlias()) {
                        noAlias(key, source);
                    } else {
                        take(key, new Given(source, new Given.Text(parser.getString())));
                    }
                }
            }
        }
    }

    private void list(String key, String source) {
        List<String> items = new ArrayList<>();
        var plain = true;
        for (var token = parser.nextToken();
                token != JsonToken.END_ARRAY;
                token = parser.nextToken()) {
            if (token.isScalarValue() && !parser.isCurrentAlias()) {
                items.add(parser.getString());
            } else {
                plain = false;
                parser.skipChildren();
            }
        }
        if (plain) {
            take(key, new Given(source, new Given.Items(items)));
        } else {
            collected.complain(
                    source,
                    Type.quoted(key),
                    "this list holds more than texts",
                    "list plain texts");
        }
    }

    private void take(String key, Given value) {
        if (seen.add(key)) {
            collected.take(key, value);
        } else {
            collected.complain(
                    value.source(), Type.quoted(key), "given twice in this file", "give it once");
        }
    }

    private void noAlias(String key, String source) {
        collected.complain(
                source, Type.quoted(key), "YAML aliases aren't understood", "write the value out");
    }

    private void wrongAtTop() {
        collected.complain(
                name, "file", "this holds no settings", "write lines like `server.port: 8080`");
    }
}
