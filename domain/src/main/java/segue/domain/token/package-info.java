/// Refresh tokens: a family, its links, and the decision about a presented link. Start at
/// [segue.domain.token.Rotate].
@NullMarked
package segue.domain.token;

import org.jspecify.annotations.NullMarked;
