package segue.server.settings;

/// One mistake in the configuration, told so that it can be mended without reading our code.
///
/// @param source the file with its line, the environment variable or the flag
/// @param key the setting
/// @param wrong what is wrong; never the value of a secret
/// @param right what would be right
public record Problem(String source, String key, String wrong, String right) {
    /// The problem in one line.
    public String line() {
        return source + ": " + key + ": " + wrong + "; " + right;
    }
}
