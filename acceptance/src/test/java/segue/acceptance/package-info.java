@NullMarked
package segue.acceptance;

import org.jspecify.annotations.NullMarked;
