package segue.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// One way to break things.
interface Scenario {
    /// As the table has it.
    String label();

    /// Options of the server's JVM.
    ///
    /// @param folder where files for them may lie
    default List<String> options(Path folder) throws IOException {
        return List.of();
    }

    /// Breaks things and mends them. The server runs when it begins and when it ends; the load
    /// hasn't begun.
    Seen play(Stage stage, Load load) throws Exception;

    /// What was seen.
    ///
    /// @param faults how many times something was broken
    /// @param note what else a reader wants to know
    record Seen(int faults, String note) {}
}
