@NullMarked
package segue.demo.story;

import org.jspecify.annotations.NullMarked;
