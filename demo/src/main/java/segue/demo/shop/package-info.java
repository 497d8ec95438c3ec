/// A small web app that signs its users in with OpenID Connect.
@NullMarked
package segue.demo.shop;

import org.jspecify.annotations.NullMarked;
