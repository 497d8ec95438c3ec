package segue.domain.tenant;

import segue.domain.device.UserCodeFormat;
import segue.domain.session.SessionLimits;

import java.util.List;
import java.util.Optional;

/// The tenant's settings (contract management-api §13, native-to-web §14).
///
/// @param sessions limits of a session that a user opens
/// @param transferredSessions limits of a session that a transfer opens
/// @param defaultAudience the API of a request that names none
/// @param defaultDirectory the name of the connection of the `password` grant
/// @param logoutUris `allowed_logout_urls`, for logouts that name no client
/// @param revokesWholeGrant `flags.revoke_refresh_token_grant`
/// @param isStrict `flags.rfc_strict`: the RFCs' terms for every client (contract management-api
///   §13)
/// @param asksBeforeLogout `sessions.oidc_logout_prompt_enabled`
/// @param advertisesEndSession `oidc_logout.rp_logout_end_session_endpoint_discovery`
/// @param advertisesPushedRequests `pushed_authorization_requests_supported`
/// @param organizationNames `allow_organization_name_in_authentication_api`
/// @param takesResource `resource_parameter_profile` is `compatibility`
/// @param userCodes `device_flow`
/// @param confirmsUnboundTransfers `confirm_unbound_transfer`
/// @param actionsRevision rises with every change of what Actions run; 0 if none was ever deployed
public record TenantSettings(
        SessionLimits sessions,
        SessionLimits transferredSessions,
        Optional<String> defaultAudience,
        Optional<String> defaultDirectory,
        List<String> logoutUris,
        boolean revokesWholeGrant,
        boolean isStrict,
        boolean asksBeforeLogout,
        boolean advertisesEndSession,
        boolean advertisesPushedRequests,
        boolean organizationNames,
        boolean takesResource,
        UserCodeFormat userCodes,
        boolean confirmsUnboundTransfers,
        long actionsRevision) {
    public TenantSettings {
        logoutUris = List.copyOf(logoutUris);
    }
}
