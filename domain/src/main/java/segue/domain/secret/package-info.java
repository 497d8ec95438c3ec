/// Credentials in the clear, and what we keep of them. Start at [segue.domain.secret.Secret].
@NullMarked
package segue.domain.secret;

import org.jspecify.annotations.NullMarked;
