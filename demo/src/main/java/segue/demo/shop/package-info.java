/// A small web app in front of the server. [segue.demo.shop.Shop] answers browsers,
/// [segue.demo.shop.RelyingParty] is its OpenID Connect client, [segue.demo.shop.ShopPages] its
/// looks.
@NullMarked
package segue.demo.shop;

import org.jspecify.annotations.NullMarked;
