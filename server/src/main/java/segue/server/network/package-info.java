/// What is known about the network and the place of an address: start at [Networks]. Nothing here
/// asks the DNS, or anybody else.
@NullMarked
package segue.server.network;

import org.jspecify.annotations.NullMarked;
