package segue.server.authorize;

import segue.domain.secret.SecretHash;
import segue.server.http.Response;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.page.Pages;

import java.util.Map;
import java.util.Optional;

/// The way of a device: it hears the end when it asks next (RFC 8628 §3.3), so that its user only
/// needs to know that they may go back to it.
///
/// @param name of the client
record DeviceChannel(SecretHash code, String name) implements Channel {
    @Override
    public boolean isPage() {
        return true;
    }

    @Override
    public Optional<SecretHash> device() {
        return Optional.of(code);
    }

    @Override
    public Response success(Map<String, String> answer, Pages pages) {
        return pages.message(
                200,
                "Your device is signed in",
                "Go back to it: " + name + " goes on there. You can close this page.",
                Optional.empty());
    }

    @Override
    public Response error(OAuthError error, Pages pages) {
        return error.is(Code.EXPIRED_TOKEN)
                ? pages.message(
                        403,
                        "This code has expired",
                        "Your device doesn't wait for it any more. Let it show a new one.",
                        Optional.empty())
                : pages.message(
                        403, "Your device is not signed in", error.description(), Optional.empty());
    }
}
