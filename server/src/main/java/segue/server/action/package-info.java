/// Runs the tenant's Actions (contract actions): scripts in processes of their own, Actions in Java
/// (see `spi`) in ours.
///
/// Start at [segue.server.action.Pipeline], which flows call. `Workers` keeps the processes,
/// `Worker` is one of them, `Frames` what it hears and says; `ScriptRunner` runs one script in it,
/// `Effects` looks at what it asks for, `EventJson` writes what it is told, `Fetch` answers its
/// `fetch`. What the effects come to is decided in `segue.domain.action`; the program that a worker
/// runs is the module `actions`.
@NullMarked
package segue.server.action;

import org.jspecify.annotations.NullMarked;
