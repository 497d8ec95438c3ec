/// What tokens and `/userinfo` say about a user.
@NullMarked
package segue.server.profile;

import org.jspecify.annotations.NullMarked;
