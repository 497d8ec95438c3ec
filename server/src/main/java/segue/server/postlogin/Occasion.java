package segue.server.postlogin;

import segue.domain.action.Event;
import segue.domain.client.Client;
import segue.domain.identifier.OrganizationId;
import segue.domain.network.Device;
import segue.server.http.Parameters;
import segue.server.http.Request;

import java.util.Optional;

/// What an endpoint knows of a sign-in.
///
/// @param device where the request came from
/// @param protocol the `event.transaction.protocol` (contract actions §2)
/// @param parameters of the OAuth request, without a session transfer token
/// @param scope that would be granted, space separated
/// @param resourceServer the identifier of the API, or the URN of a session transfer
/// @param isForManagementApi whether the access token is for the Management API
/// @param countsLogin whether it is a sign-in of its own
/// @param tokenExchange if it is one whose subject token was judged
public record Occasion(
        Request request,
        Device device,
        Client client,
        String protocol,
        Parameters parameters,
        String scope,
        Optional<OrganizationId> organization,
        Optional<String> resourceServer,
        boolean isForManagementApi,
        boolean countsLogin,
        Optional<Event.TokenExchange> tokenExchange) {

    /// `/authorize`, by whatever way its user is known.
    public static final String CODE = "oidc-basic-profile";

    /// The same where it answers with an ID token.
    public static final String IMPLICIT = "oidc-implicit-profile";

    /// The approval of a device.
    public static final String DEVICE_CODE = "oauth2-device-code";

    /// An exchange of a refresh token.
    public static final String REFRESH = "oauth2-refresh-token";

    /// The `password` grants.
    public static final String PASSWORD = "oauth2-password";

    /// A token exchange.
    public static final String TOKEN_EXCHANGE = "oauth2-token-exchange";

    /// Whether the browser may be sent elsewhere: not where nothing may be shown (contract actions
    /// §5).
    boolean mayRedirect() {
        return isInBrowser() && parameters.one("prompt").filter("none"::equals).isEmpty();
    }

    boolean isInBrowser() {
        return protocol.equals(CODE) || protocol.equals(IMPLICIT) || protocol.equals(DEVICE_CODE);
    }
}
