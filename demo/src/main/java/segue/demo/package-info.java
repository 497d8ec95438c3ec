/// `./segue demo`, and the pieces that tests use too: a virtual phone, a browser without scripts, a
/// small web app. All of them speak real HTTP and know the server by its contract only.
@NullMarked
package segue.demo;

import org.jspecify.annotations.NullMarked;
