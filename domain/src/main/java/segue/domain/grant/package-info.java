/// What a user has allowed a client (contract management-api §7).
@NullMarked
package segue.domain.grant;

import org.jspecify.annotations.NullMarked;
