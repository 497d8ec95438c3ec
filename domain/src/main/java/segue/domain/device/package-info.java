/// The device authorization grant (RFC 8628): a device without a browser asks, and its user answers
/// in the browser of another one. Start at [segue.domain.device.Poll].
@NullMarked
package segue.domain.device;

import org.jspecify.annotations.NullMarked;
