/// Where a request comes from, in one canonical form, and what a hand-off may demand of it. Nothing
/// here resolves a name.
@NullMarked
package segue.domain.network;

import org.jspecify.annotations.NullMarked;
