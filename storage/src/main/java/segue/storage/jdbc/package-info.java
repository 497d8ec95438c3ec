/// The only package that knows `java.sql` and JDBI. [segue.storage.jdbc.Database] runs a unit of
/// work in a transaction and hands it a [segue.storage.jdbc.Tx]; a `…Table` class holds the
/// statements of one table, in SQL that both databases speak. Where they truly differ stands in
/// [segue.storage.jdbc.Dialect].
///
/// To add a database: a `Dialect` constant, a folder `db/<name>/` with its migrations, a subclass
/// of [Database], and a subclass of the storage contract tests.
@NullMarked
package segue.storage.jdbc;

import org.jspecify.annotations.NullMarked;
