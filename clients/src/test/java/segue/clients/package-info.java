/// Published clients, unmodified, against a running server: those whose class paths would be in the
/// way of other tests. The SDK for Java servers is in `segue.acceptance`.
@NullMarked
package segue.clients;

import org.jspecify.annotations.NullMarked;
