/// The hand-off: minting a session transfer token and redeeming it. Start at
/// [segue.domain.transfer.Redeem], which is the order of checks of contract native-to-web §5.2 and
/// THREATS 1.3; [segue.domain.transfer.Exchange] decides the minting;
/// [segue.domain.transfer.Presented] whether a token in a request is looked at at all.
@NullMarked
package segue.domain.transfer;

import org.jspecify.annotations.NullMarked;
