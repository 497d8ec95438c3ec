@NullMarked
package segue.server.settings;

import org.jspecify.annotations.NullMarked;
