/// Actions in Java. Implement [segue.server.action.spi.PostLoginAction], name the class in
/// `META-INF/services/segue.server.action.spi.PostLoginAction`, and name the jar in
/// `SEGUE_CLASS_PATH`, which the launcher puts on the server's class path.
///
/// They run in the server's process and are trusted as the server is; a tenant's own code belongs
/// into a script. They come before the tenant's scripts, so that what they refuse costs no worker,
/// and the metadata that they set are told to scripts; among themselves they are called in the
/// order of the class path. The rest is as for scripts (contract actions): one budget for all
/// Actions of a sign-in; whoever denies, revokes, fails or asks for what makes no sense is the
/// last; a failure denies. One that takes too long is interrupted, and if it doesn't react it is
/// left behind, with an error in the log; when too many are, sign-ins are denied without calling
/// any. A Java Action can't redirect.
@NullMarked
package segue.server.action.spi;

import org.jspecify.annotations.NullMarked;
