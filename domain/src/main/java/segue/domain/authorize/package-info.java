/// May this request proceed with this session? Start at [segue.domain.authorize.SignOn].
@NullMarked
package segue.domain.authorize;

import org.jspecify.annotations.NullMarked;
