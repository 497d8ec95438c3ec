package segue.domain.transfer;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.network.Device;
import segue.domain.network.DeviceBinding;
import segue.domain.network.DeviceMatch;
import segue.domain.session.Session;
import segue.domain.user.UserState;

import java.util.Optional;

/// One question that a redemption must answer well, with all that the answer depends on. The
/// decision is the first check that fails; an explanation shows them all.
public sealed interface Check {
    /// Why the redemption is refused; empty if the check is passed.
    Optional<Reason> failure();

    private static Optional<Reason> failingIf(boolean fails, Reason reason) {
        return fails ? Optional.of(reason) : Optional.empty();
    }

    /// The user hasn't been deleted. Deleted with them was where the token was issued to, so
    /// nothing is compared before this.
    record UserExists(UserState user) implements Check {
        @Override
        public Optional<Reason> failure() {
            return failingIf(user == UserState.GONE, Reason.USER_GONE);
        }
    }

    /// The redeeming device is the one that the token was issued to, as far as the redeeming
    /// client's setting asks for it (contract native-to-web §6).
    ///
    /// @param systemSuffices `network_same_asn`
    /// @param isProven the redemption brought the token's verifier
    record DeviceBound(
            DeviceBinding binding,
            boolean systemSuffices,
            Device issuedTo,
            Device presentedBy,
            boolean isProven)
            implements Check {
        /// What the comparison found.
        public DeviceMatch match() {
            return binding.compare(issuedTo, presentedBy, systemSuffices, isProven);
        }

        @Override
        public Optional<Reason> failure() {
            var match = match();
            if (match.isAccepted()) return Optional.empty();
            return Optional.of(
                    match == DeviceMatch.UNKNOWN_SYSTEM
                            ? Reason.UNKNOWN_NETWORK
                            : Reason.OTHER_DEVICE);
        }
    }

    /// The user isn't blocked. Blocking ends their families too (contract native-to-web §8); what
    /// is told is what was done.
    record UserActive(UserState user) implements Check {
        @Override
        public Optional<Reason> failure() {
            return failingIf(user == UserState.BLOCKED, Reason.USER_BLOCKED);
        }
    }

    /// The native family is neither ended nor expired.
    record ParentLive(FamilyId parent, boolean isLive) implements Check {
        @Override
        public Optional<Reason> failure() {
            return failingIf(!isLive, Reason.PARENT_ENDED);
        }
    }

    /// The issuing client exists and may still create transfers.
    record IssuerAllowed(ClientId issuer, boolean isAllowed) implements Check {
        @Override
        public Optional<Reason> failure() {
            return failingIf(!isAllowed, Reason.ISSUER_NOT_ALLOWED);
        }
    }

    /// The organization of the request is the token's; none is only equal to none.
    record OrganizationEqual(Optional<OrganizationId> issuedFor, Optional<OrganizationId> requested)
            implements Check {
        @Override
        public Optional<Reason> failure() {
            return failingIf(!issuedFor.equals(requested), Reason.ORGANIZATION);
        }
    }

    /// The user still belongs to the token's organization, if it has one.
    record Member(Optional<OrganizationId> organization, boolean isMember) implements Check {
        @Override
        public Optional<Reason> failure() {
            return failingIf(!isMember, Reason.ORGANIZATION);
        }
    }

    /// The token's connection is enabled for the redeeming client and the organization, and is the
    /// one that the request asks for, if it asks.
    record ConnectionEnabled(ConnectionId connection, boolean isEnabled) implements Check {
        @Override
        public Optional<Reason> failure() {
            return failingIf(!isEnabled, Reason.CONNECTION);
        }
    }

    /// The redeeming client is the one that the mint named, if it named one.
    record Targeted(Optional<ClientId> target, ClientId redeemer) implements Check {
        @Override
        public Optional<Reason> failure() {
            return failingIf(target.filter(it -> !it.equals(redeemer)).isPresent(), Reason.TARGET);
        }
    }

    /// The browser has no session of another user.
    record SameUser(UserId user, Optional<Session> session) implements Check {
        @Override
        public Optional<Reason> failure() {
            return failingIf(
                    session.filter(it -> !it.user().equals(user)).isPresent(), Reason.OTHER_USER);
        }
    }
}
