@NullMarked
package segue.server.postlogin;

import org.jspecify.annotations.NullMarked;
