/// May this request proceed with this session, and must its user be asked first? Start at
/// [segue.domain.authorize.SignOn]; then [segue.domain.authorize.Consent].
@NullMarked
package segue.domain.authorize;

import org.jspecify.annotations.NullMarked;
