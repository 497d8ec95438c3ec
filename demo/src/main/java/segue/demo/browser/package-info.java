/// A browser without scripts: cookies, redirects, forms.
@NullMarked
package segue.demo.browser;

import org.jspecify.annotations.NullMarked;
