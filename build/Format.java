import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Formats every Java source with google-java-format (AOSP style), or checks that it is formatted. Maven runs on a JDK that
/// can't parse our sources, so it starts this on the one that can (docs/adr/0005-formatter.md).
///
/// Usage: `Format check|apply FOLDER…`
class Format {
    private static final JavaFormatterOptions AOSP =
            JavaFormatterOptions.builder().style(JavaFormatterOptions.Style.AOSP).build();

    public static void main(String[] args) throws IOException, FormatterException {
        var isCheck = args[0].equals("check");
        var wrong = new ArrayList<Path>();
        for (var folder : List.of(args).subList(1, args.length)) {
            for (var file : sources(Path.of(folder))) {
                var text = Files.readString(file);
                var formatted = new Formatter(AOSP).formatSourceAndFixImports(text);
                if (formatted.equals(text)) continue;
                if (isCheck) wrong.add(file);
                else Files.writeString(file, formatted);
            }
        }
        if (wrong.isEmpty()) return;
        wrong.forEach(file -> System.err.println("not formatted: " + file));
        System.err.println("mend with: mvn -N validate exec:exec@format");
        System.exit(1);
    }

    private static List<Path> sources(Path module) throws IOException {
        var folder = module.resolve("src");
        if (!Files.exists(folder)) return List.of();
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
        }
    }
}
