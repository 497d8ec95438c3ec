/// The sign-in page: one form, no script.
@NullMarked
package segue.server.login;

import org.jspecify.annotations.NullMarked;
