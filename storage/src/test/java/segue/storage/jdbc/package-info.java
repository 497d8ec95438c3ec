/// Tests of [segue.storage.jdbc], on real SQLite files and real PostgreSQL processes.
@NullMarked
package segue.storage.jdbc;

import org.jspecify.annotations.NullMarked;
