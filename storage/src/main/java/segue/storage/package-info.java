@NullMarked
package segue.storage;

import org.jspecify.annotations.NullMarked;
