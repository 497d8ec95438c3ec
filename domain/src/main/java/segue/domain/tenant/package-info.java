/// The settings of the tenant, as far as rules read them.
@NullMarked
package segue.domain.tenant;

import org.jspecify.annotations.NullMarked;
