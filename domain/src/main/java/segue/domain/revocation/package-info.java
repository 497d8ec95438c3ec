/// What ends when something ends (contract native-to-web §8). Start at
/// [segue.domain.revocation.Cascade].
@NullMarked
package segue.domain.revocation;

import org.jspecify.annotations.NullMarked;
