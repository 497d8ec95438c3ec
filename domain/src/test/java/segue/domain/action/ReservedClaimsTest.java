package segue.domain.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReservedClaimsTest {
    /// As contract authentication-api §8.4 writes them.
    private static final String CONTRACT =
            """
            acr, act, active, amr, at_hash, ath, attest, aud, auth_time, authorization_details, azp, c_hash, client_id, cnf, cty, dest, entitlements, events, exp, groups, gty, htm, htu, iat, internalService, iss, jcard, jku, jti, jwe, jwk, kid, may_act, mky, nbf, nonce, object_id, org_id, org_name, orig, origid, permissions, roles, rph, s_hash, sid, sip_callid, sip_cseq_num, sip_date, sip_from_tag, sip_via_branch, sub, sub_jwk, toe, txn, typ, uuid, vot, vtm, x5t#S256
            """;

    @Test
    void theReservedNamesAreTheContracts() {
        assertThat(ReservedClaims.NAMES)
                .containsExactlyInAnyOrder(CONTRACT.strip().split(", ", -1));
    }
}
