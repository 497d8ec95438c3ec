@NullMarked
package segue.demo.phone;

import org.jspecify.annotations.NullMarked;
