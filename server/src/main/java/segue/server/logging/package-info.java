/// How log lines look (contract operator §2 `log.format`, THREATS T-40). Start at
/// [segue.server.logging.Logging]; what becomes of hostile text is in [segue.server.logging.Field].
/// The tenant log is not here: it is rows in the database.
@NullMarked
package segue.server.logging;

import org.jspecify.annotations.NullMarked;
