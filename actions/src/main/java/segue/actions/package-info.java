/// The worker that runs customers' JavaScript (contract 4). It is a process of its own, so that
/// what a script breaks is not the server's (THREATS R46.1); it knows JSON and nothing of us. One
/// process runs one execution at a time; isolation between executions is several processes.
///
/// Start at `Worker`. `Wire` speaks frames over stdin and stdout, `Guest` is one Action loaded in a
/// JavaScript context, `Host` is all that such a context may call, `Execution` collects what one
/// run did. The JavaScript side lies in the resources: `prelude.js` holds the `api`, hardened
/// against the script it serves; `platform.js` the globals and modules that Node would have.
///
/// The server starts it with these flags, each of which something here counts on:
///
/// | Flag | Why |
/// |---|---|
/// | `-Xmx128m` | what a script may fill; eight loaded Actions take 10 MB of it. The larger the heap, the longer the last collections of a memory bomb outlast the deadline |
/// | `-XX:+UseSerialGC` | no threads that wait for garbage beside each of several processes |
/// | `-XX:+ExitOnOutOfMemoryError` | a memory bomb ends the process, with code 3, not its next guest |
/// | `-XX:+DisplayVMOutputToStderr` | the JVM tells of that on stdout otherwise, between two frames |
/// | `--illegal-native-access=deny`, `-Dpolyglotimpl.AttachLibraryFailureAction=ignore`, `-Dtruffle.attach.library=none` | no native code, and no library unpacked into the user's cache for a compiler that we don't have |
/// | `--sun-misc-unsafe-memory-access=allow` | the interpreter's strings use it; silences the warning of JDK 25 |
/// | `-XX:AOTCache=…` | optional: halves the start. Written by a run with `-XX:AOTCacheOutput=…`; needs a class path of jars only |
///
/// Exit codes: 0 the server is gone, 2 it sent what isn't a frame, 3 the process was given up.
/// After a DONE of class `action_timeout` the process may be on its way out: better take another.
@NullMarked
package segue.actions;

import org.jspecify.annotations.NullMarked;
