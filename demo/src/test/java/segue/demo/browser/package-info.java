@NullMarked
package segue.demo.browser;

import org.jspecify.annotations.NullMarked;
