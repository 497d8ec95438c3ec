/// Tests of the tenant log's values.
@NullMarked
package segue.domain.log;

import org.jspecify.annotations.NullMarked;
