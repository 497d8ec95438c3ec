@NullMarked
package segue.domain;

import org.jspecify.annotations.NullMarked;
