/// The configuration as rules read it: documents of the Management API, made into records of the
/// domain. Start at [segue.server.registry.StoredRegistry].
@NullMarked
package segue.server.registry;

import org.jspecify.annotations.NullMarked;
