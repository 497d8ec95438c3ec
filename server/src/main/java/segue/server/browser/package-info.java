/// What a browser carries for us: our two cookies, and the one that an app puts there.
@NullMarked
package segue.server.browser;

import org.jspecify.annotations.NullMarked;
