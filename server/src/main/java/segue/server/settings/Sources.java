package segue.server.settings;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where settings come from, later wins: YAML file, environment, `--set` (contract operator §2).
///
/// @param file the YAML file; empty if there is none
/// @param environment all variables of the process; those that begin with `SEGUE_` are ours
/// @param flags each a `key=value`
public record Sources(Optional<Path> file, Map<String, String> environment, List<String> flags) {
    /// Copies what it is given.
    public Sources {
        environment = Map.copyOf(environment);
        flags = List.copyOf(flags);
    }

    /// The sources of a command: the file it names, or else `segue.yaml` in the folder if there is
    /// one.
    ///
    /// @param config what `--config` said
    public static Sources of(
            Optional<Path> config,
            Path folder,
            Map<String, String> environment,
            List<String> flags) {
        var usual = Optional.of(folder.resolve("segue.yaml")).filter(Files::exists);
        return new Sources(config.or(() -> usual), environment, flags);
    }
}
