package segue.domain.action;

import java.util.Set;

/// Claims that only we set (contract authentication-api §8.4): a customer's own claim of such a
/// name is left out.
public final class ReservedClaims {
    /// Every reserved name.
    public static final Set<String> NAMES =
            Set.of(
                    "acr",
                    "act",
                    "active",
                    "amr",
                    "at_hash",
                    "ath",
                    "attest",
                    "aud",
                    "auth_time",
                    "authorization_details",
                    "azp",
                    "c_hash",
                    "client_id",
                    "cnf",
                    "cty",
                    "dest",
                    "entitlements",
                    "events",
                    "exp",
                    "groups",
                    "gty",
                    "htm",
                    "htu",
                    "iat",
                    "internalService",
                    "iss",
                    "jcard",
                    "jku",
                    "jti",
                    "jwe",
                    "jwk",
                    "kid",
                    "may_act",
                    "mky",
                    "nbf",
                    "nonce",
                    "object_id",
                    "org_id",
                    "org_name",
                    "orig",
                    "origid",
                    "permissions",
                    "roles",
                    "rph",
                    "s_hash",
                    "sid",
                    "sip_callid",
                    "sip_cseq_num",
                    "sip_date",
                    "sip_from_tag",
                    "sip_via_branch",
                    "sub",
                    "sub_jwk",
                    "toe",
                    "txn",
                    "typ",
                    "uuid",
                    "vot",
                    "vtm",
                    "x5t#S256");

    private ReservedClaims() {}
}
