/// Passwords: hashed with Argon2id in a lane of their own, so that hashing can't take the whole
/// machine.
@NullMarked
package segue.server.password;

import org.jspecify.annotations.NullMarked;
