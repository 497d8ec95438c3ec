/// The command line (contract operator §1). Start at [segue.server.command.SegueCommand].
@NullMarked
package segue.server.command;

import org.jspecify.annotations.NullMarked;
