/// The worker that runs customers' JavaScript (contract 4). It is a process of its own, so that
/// what a script breaks is not the server's (THREATS R46.1); it knows JSON and nothing of us. One
/// process runs one execution at a time; isolation between executions is several processes.
///
/// Start at `Worker`. `Wire` speaks frames over stdin and stdout, `Guest` is one Action loaded in a
/// JavaScript context, `Host` is all that such a context may call, `Execution` collects what one
/// run did. The JavaScript side lies in the resources: `prelude.js` holds the `api`, hardened
/// against the script it serves; `platform.js` the globals and modules that Node would have.
@NullMarked
package segue.actions;

import org.jspecify.annotations.NullMarked;
