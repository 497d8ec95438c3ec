package segue.server.authorize;

import segue.domain.secret.SecretHash;
import segue.server.http.Response;
import segue.server.oauth.OAuthError;
import segue.server.page.Pages;

import java.util.Map;
import java.util.Optional;

/// Where an authorization request ends: back at its client, or, if a device asked, with a page that
/// sends the user back to it.
sealed interface Channel permits ClientChannel, DeviceChannel {
    /// Whether the answer is a page of ours.
    boolean isPage();

    /// The hash of the device code, if a device waits for the end.
    Optional<SecretHash> device();

    /// It was granted.
    ///
    /// @param answer what a client gets
    Response success(Map<String, String> answer, Pages pages);

    /// It wasn't.
    Response error(OAuthError error, Pages pages);
}
