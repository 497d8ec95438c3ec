/// What people do about their accounts without an operator (contract authentication-api §10): sign
/// up, and ask for a new password. Start at [segue.server.signup.SignUps]; the sign-in itself is in
/// [segue.server.login].
@NullMarked
package segue.server.signup;

import org.jspecify.annotations.NullMarked;
