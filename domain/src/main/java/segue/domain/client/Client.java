package segue.domain.client;

import segue.domain.identifier.ClientId;
import segue.domain.logout.BackchannelLogout;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// An application that asks for tokens (RFC 6749 §1.1), as its document in the Management API says.
///
/// @param name for logs and pages
/// @param authentication `token_endpoint_auth_method` or `client_authentication_methods`
/// @param isFapi its `compliance_level` is one of FAPI's
/// @param isNative `app_type` is `native`: a loopback redirect may differ in its port
/// @param isFirstParty `is_first_party`
/// @param grantTypes what it may ask at `/oauth/token`
/// @param initiateLoginUri `initiate_login_uri`: where its own sign-in begins (OIDC Core §4)
/// @param logoutUris `allowed_logout_urls`
/// @param origins of its web pages: `web_origins`, `allowed_origins`, and those of its callbacks,
///   as browsers write them
/// @param trustsForwardedAddress `is_token_endpoint_ip_header_trusted`
/// @param idTokenAlgorithm `jwt_configuration.alg`: RS256, PS256, ES256 or HS256; for FAPI PS256 or
///   ES256
/// @param idTokenLifetime `jwt_configuration.lifetime_in_seconds`
/// @param refreshPolicies `refresh_token.policies`: scopes by the API that a refresh may also be
///   for
/// @param exchangesSubjectTokens `token_exchange.allow_any_profile_of_type` has
///   `custom_authentication`
/// @param requiresPushedRequests `require_pushed_authorization_requests`
/// @param requiresSignedRequests `signed_request_object.required`
/// @param requiresProof `require_proof_of_possession`
/// @param resourceServer `resource_server_identifier`: the API that it is
public record Client(
        ClientId id,
        String name,
        ClientAuthentication authentication,
        boolean isFapi,
        boolean isNative,
        boolean isFirstParty,
        Set<String> grantTypes,
        List<String> callbacks,
        Optional<String> initiateLoginUri,
        List<String> logoutUris,
        Set<String> origins,
        boolean trustsForwardedAddress,
        OrganizationUsage organizationUsage,
        String idTokenAlgorithm,
        Duration idTokenLifetime,
        RefreshPolicy refresh,
        Map<String, Set<String>> refreshPolicies,
        TransferPolicy transfer,
        BackchannelLogout backchannelLogout,
        boolean exchangesSubjectTokens,
        boolean requiresPushedRequests,
        boolean requiresSignedRequests,
        boolean requiresProof,
        Optional<String> resourceServer) {

    /// `http`, a loopback IP literal, a port, the rest.
    private static final Pattern LOOPBACK =
            Pattern.compile("(http://(?:127\\.0\\.0\\.1|\\[::1]))(?::\\d{1,5})?(/.*)?");

    public Client {
        grantTypes = Set.copyOf(grantTypes);
        callbacks = List.copyOf(callbacks);
        logoutUris = List.copyOf(logoutUris);
        origins = Set.copyOf(origins);
        refreshPolicies = Map.copyOf(refreshPolicies);
    }

    /// The requested URI if it is registered: compared byte for byte, without normalisation (RFC
    /// 9700 §2.1). The port of a loopback IP literal may differ for a native client (RFC 8252
    /// §7.3).
    public Optional<RegisteredRedirectUri> redirectUri(String requested) {
        var isRegistered =
                callbacks.contains(requested) || (isNative && isLoopbackVariant(requested));
        return isRegistered ? Optional.of(new RegisteredRedirectUri(requested)) : Optional.empty();
    }

    /// The URI to use when the request names none: the only registered one.
    public Optional<RegisteredRedirectUri> onlyRedirectUri() {
        return callbacks.size() == 1
                ? Optional.of(new RegisteredRedirectUri(callbacks.getFirst()))
                : Optional.empty();
    }

    private boolean isLoopbackVariant(String requested) {
        var asked = LOOPBACK.matcher(requested);
        if (!asked.matches()) return false;
        return callbacks.stream()
                .map(LOOPBACK::matcher)
                .anyMatch(
                        registered ->
                                registered.matches()
                                        && registered.group(1).equals(asked.group(1))
                                        && Objects.equals(registered.group(2), asked.group(2)));
    }

    /// Whether it can't be authenticated.
    public boolean isPublic() {
        return authentication == ClientAuthentication.NONE;
    }

    /// Whether no authorization request of its is heard that it didn't push (RFC 9126 §6; FAPI 2.0
    /// Security Profile §5.3.2.2).
    public boolean mustPush() {
        return requiresPushedRequests || isFapi;
    }

    /// Whether it gets no tokens that aren't bound to a key (RFC 9449 §5.2; FAPI 2.0 Security
    /// Profile §5.3.2.1).
    public boolean mustProve() {
        return requiresProof || isFapi;
    }

    /// Whether the grant type is enabled for it.
    public boolean mayUse(String grantType) {
        return grantTypes.contains(grantType);
    }
}
