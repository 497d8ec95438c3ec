package segue.server;

import segue.domain.client.Client;
import segue.domain.client.Delivery;
import segue.domain.client.TransferPolicy;
import segue.domain.network.DeviceBinding;
import segue.domain.tenant.TenantSettings;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Which clients hand sessions over with less protection than they could have (THREATS decision 6).
/// None of it is wrong in itself; whoever chose it should know that they did.
final class ClientCheckup {
    // What is mentioned is believed: whether a line is reached, only a run would tell.
    private static final Pattern LIMITS_THE_SESSION =
            Pattern.compile("session\\s*\\.\\s*set(?:Idle)?ExpiresAt");

    private final boolean limitsTransfers;
    private final boolean knowsNetworks;

    /// @param limitsTransfers whether sessions that a transfer opens end earlier than others
    /// @param knowsNetworks whether there is a database of autonomous systems
    ClientCheckup(boolean limitsTransfers, boolean knowsNetworks) {
        this.limitsTransfers = limitsTransfers;
        this.knowsNetworks = knowsNetworks;
    }

    /// Whether sessions that a transfer opens end earlier than others, by a setting or by an
    /// Action.
    ///
    /// @param codes of the Actions that run when somebody signs in
    static boolean limitsTransfers(TenantSettings tenant, List<String> codes) {
        var transferred = tenant.transferredSessions();
        var usual = tenant.sessions();
        return transferred.absolute().compareTo(usual.absolute()) < 0
                || transferred.idle().compareTo(usual.idle()) < 0
                || codes.stream().anyMatch(code -> LIMITS_THE_SESSION.matcher(code).find());
    }

    /// A finding for each client and reason.
    List<Finding> of(List<Client> clients) {
        return clients.stream()
                .flatMap(
                        client ->
                                reasons(client.transfer()).stream()
                                        .map(
                                                reason ->
                                                        Finding.warn(
                                                                "clients",
                                                                client.name() + ": " + reason)))
                .toList();
    }

    private List<String> reasons(TransferPolicy policy) {
        var reasons = new ArrayList<String>();
        if (policy.mayCreate() && !policy.cascades())
            reasons.add(
                    "web sessions that it opened outlive its refresh token; set"
                            + " session_transfer.enforce_cascade_revocation to true");
        if (policy.accepted().isEmpty()) return reasons;
        binding(policy.binding()).ifPresent(reasons::add);
        if (policy.accepted().contains(Delivery.QUERY))
            reasons.add(
                    "it takes session transfer tokens from URLs, which end up in histories and"
                            + " logs; take query out of"
                            + " session_transfer.allowed_authentication_methods if the app can set"
                            + " a cookie");
        if (policy.allowsRefreshToken() && !policy.online())
            reasons.add(
                    "refresh tokens that it gets by a transfer outlive the session; set"
                            + " session_transfer.enforce_online_refresh_tokens to true");
        if (!limitsTransfers)
            reasons.add(
                    "sessions that a transfer opens last as long as any other; set the tenant's"
                            + " transfer_session_lifetime_in_minutes, or call"
                            + " api.session.setExpiresAt in an Action");
        return reasons;
    }

    private Optional<String> binding(DeviceBinding binding) {
        return switch (binding) {
            case NONE ->
                    Optional.of(
                            "a session transfer token that leaks signs in any device; set"
                                    + " session_transfer.enforce_device_binding to ip, asn or"
                                    + " network");
            case IP -> Optional.empty();
            case ASN ->
                    withoutNetworks(
                            "session_transfer.enforce_device_binding is asn, and without a"
                                    + " database of networks every transfer is refused");
            case NETWORK ->
                    withoutNetworks(
                            "session_transfer.enforce_device_binding is network, and without a"
                                    + " database of networks IPv4 and IPv6 of one device don't fit"
                                    + " together");
        };
    }

    private Optional<String> withoutNetworks(String what) {
        return knowsNetworks ? Optional.empty() : Optional.of(what + "; set network.asn-database");
    }
}
