package segue.domain.grant;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.GrantId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;

import java.util.Optional;

/// What a user has allowed a client at an API, remembered once for all of its refresh tokens.
/// Deleting it ends them.
///
/// @param audience the API; empty means `/userinfo` only
/// @param organization through which it was first allowed
/// @param scope all that was ever allowed, space separated
public record UserGrant(
        GrantId id,
        UserId user,
        ClientId client,
        Optional<String> audience,
        Optional<OrganizationId> organization,
        String scope) {}
