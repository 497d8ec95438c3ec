@NullMarked
package segue.benchmark;

import org.jspecify.annotations.NullMarked;
