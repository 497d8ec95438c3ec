/// Identities with types, so that a user can't be passed where a client is meant. None of them is a
/// secret.
@NullMarked
package segue.domain.identifier;

import org.jspecify.annotations.NullMarked;
