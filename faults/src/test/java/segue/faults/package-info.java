/// What becomes of the promises when something breaks (docs/reliability.md): clients put a mixed
/// load on a server and write down what they did and what they were answered, the server or its
/// database is broken and mended, and the history is checked. Start at [segue.faults.FaultsTest];
/// what a history must not contain stands in [segue.faults.HistoryCheck].
@NullMarked
package segue.faults;

import org.jspecify.annotations.NullMarked;
