/// Tests of [segue.storage], on real SQLite files and real PostgreSQL processes.
@NullMarked
package segue.storage;

import org.jspecify.annotations.NullMarked;
