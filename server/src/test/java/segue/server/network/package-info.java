/// The files of docs/networks are what our writer makes, and say what their table says.
@NullMarked
package segue.server.network;

import org.jspecify.annotations.NullMarked;
