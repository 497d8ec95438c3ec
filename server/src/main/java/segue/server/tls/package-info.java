/// Certificates for our own TLS: the operator's, or ones that we make for development.
@NullMarked
package segue.server.tls;

import org.jspecify.annotations.NullMarked;
