/// Asks the tenant's post-login Actions about a sign-in (contract actions §2), and the Action
/// behind a token exchange profile about a subject token (§7), which is
/// [segue.server.postlogin.SubjectTokens].
///
/// [segue.server.postlogin.PostLogin] is what endpoints know; [segue.server.postlogin.Events] tells
/// the Actions what happens. How Actions run is [segue.server.action]'s, what becomes of their
/// answers is decided in the storage's transactions.
@NullMarked
package segue.server.postlogin;

import org.jspecify.annotations.NullMarked;
