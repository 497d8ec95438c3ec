/// HTTP as the demo's programs speak it: [segue.demo.wire.Wire] sends from one address of this
/// machine, [segue.demo.wire.Answer] is what a JSON endpoint said.
@NullMarked
package segue.demo.wire;

import org.jspecify.annotations.NullMarked;
