/// The Management API, `/api/v2` (contract management-api). Start at
/// [segue.server.management.ManagementApi], the one table of operations and the scopes they need.
/// Documents are checked against a [segue.server.management.Schema] each; what they mean to rules
/// is read by `segue.server.registry.Views`.
@NullMarked
package segue.server.management;

import org.jspecify.annotations.NullMarked;
