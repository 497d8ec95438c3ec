/// Where the device authorization grant begins (RFC 8628): `/oauth/device/code`. The pages on which
/// a user answers are `segue.server.authorize.ActivateEndpoint`'s, since their yes goes on as an
/// authorization request does; the device's polls are answered by `segue.server.token.DeviceGrant`.
@NullMarked
package segue.server.device;

import org.jspecify.annotations.NullMarked;
