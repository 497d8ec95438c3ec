@NullMarked
package segue.demo.shop;

import org.jspecify.annotations.NullMarked;
