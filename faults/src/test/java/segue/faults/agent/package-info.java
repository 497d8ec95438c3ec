/// What stands inside the server's process: a Java agent of a few lines, so that the product needs
/// no code for its own failure.
@NullMarked
package segue.faults.agent;

import org.jspecify.annotations.NullMarked;
