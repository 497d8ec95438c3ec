/// The pages for signing in and up: one form each, no script. Start at
/// [segue.server.login.LoginFlow].
@NullMarked
package segue.server.login;

import org.jspecify.annotations.NullMarked;
