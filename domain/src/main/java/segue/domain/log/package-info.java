/// Events of the tenant log (contract native-to-web §10, management-api §8).
@NullMarked
package segue.domain.log;

import org.jspecify.annotations.NullMarked;
