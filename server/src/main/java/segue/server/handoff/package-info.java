/// The page between an app and a web app that knows nothing of transfers: it brings the token from
/// the fragment of its URL into a cookie (contract native-to-web §4, §14).
@NullMarked
package segue.server.handoff;

import org.jspecify.annotations.NullMarked;
