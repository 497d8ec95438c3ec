/// What a tenant's own code may know about a sign-in, and what it may decide (contract actions).
///
/// Start at [segue.domain.action.Rule]: it turns the effects that Actions asked for into one
/// ruling. The code itself runs elsewhere; here is only what it is told
/// ([segue.domain.action.Event]) and what it may answer ([segue.domain.action.Effect]).
@NullMarked
package segue.domain.action;

import org.jspecify.annotations.NullMarked;
