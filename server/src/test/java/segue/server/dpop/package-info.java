/// Tests of proofs of possession.
@NullMarked
package segue.server.dpop;

import org.jspecify.annotations.NullMarked;
