/// JSON Web Tokens: what ours say, and whether one that comes in is ours. Start at
/// [segue.server.jwt.Jwts].
@NullMarked
package segue.server.jwt;

import org.jspecify.annotations.NullMarked;
