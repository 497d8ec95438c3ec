/// The master key, and the keys that sign. Private keys are sealed under the master key wherever
/// they rest.
@NullMarked
package segue.server.keys;

import org.jspecify.annotations.NullMarked;
