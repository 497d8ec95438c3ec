/// The Management API, request in and response out, on a real database file. Start at
/// [segue.server.management.Api].
@NullMarked
package segue.server.management;

import org.jspecify.annotations.NullMarked;
