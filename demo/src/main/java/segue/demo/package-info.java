@NullMarked
package segue.demo;

import org.jspecify.annotations.NullMarked;
