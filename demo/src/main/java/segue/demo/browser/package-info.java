/// A browser without scripts. [segue.demo.browser.BrowserJar] goes places and follows redirects,
/// [segue.demo.browser.Page] is where it arrived, [segue.demo.browser.Form] what can be filled in
/// there; [segue.demo.browser.CookieStore] keeps the rules of RFC 6265bis.
@NullMarked
package segue.demo.browser;

import org.jspecify.annotations.NullMarked;
