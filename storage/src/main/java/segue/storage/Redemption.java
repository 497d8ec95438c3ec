package segue.storage;

import segue.domain.identifier.FamilyId;
import segue.domain.identifier.UserId;
import segue.domain.revocation.Cause;
import segue.domain.revocation.Receipt;
import segue.domain.secret.SecretHash;
import segue.domain.session.Session;
import segue.domain.session.SessionLimits;
import segue.domain.transfer.Check;
import segue.domain.transfer.Claim;
import segue.domain.transfer.Decision;
import segue.domain.transfer.Facts;
import segue.domain.transfer.Redeem;
import segue.domain.transfer.Transfer;
import segue.domain.user.UserState;
import segue.storage.jdbc.ClientTable;
import segue.storage.jdbc.TransferTable.Owner;
import segue.storage.jdbc.Tx;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Judges the session transfer tokens of one request inside its transaction: locks, claims, reads
/// the facts, lets the domain decide. Carrying out what was decided is [Evaluation]'s; explaining
/// it, [Explanations]'.
final class Redemption {
    private final Tx tx;
    private final Circumstances request;
    private Optional<Receipt> ended = Optional.empty();

    Redemption(Tx tx, Circumstances request) {
        this.tx = tx;
        this.request = request;
    }

    /// What came of it.
    ///
    /// @param claims one for each token
    /// @param checks all of them, passed or not, if the token could be claimed
    /// @param isUsedAgain it had been used before, within its minute
    record Judged(List<Claim> claims, Decision decision, List<Check> checks, boolean isUsedAgain) {
        /// The tokens that were claimed, or were tried with a wrong verifier.
        List<Transfer> tokens() {
            return claims.stream()
                    .flatMap(
                            claim ->
                                    switch (claim) {
                                        case Claim.Taken(var transfer) ->
                                                Optional.of(transfer).stream();
                                        case Claim.VerifierWrong(var transfer) ->
                                                Optional.of(transfer).stream();
                                        case Claim.VerifierMissing _,
                                                Claim.UnknownOrUsed _,
                                                Claim.Expired _,
                                                Claim.Conflicting _ ->
                                                Optional.<Transfer>empty().stream();
                                    })
                    .toList();
        }

        /// How the devices compare.
        Optional<Check.DeviceBound> device() {
            return checks.stream()
                    .filter(Check.DeviceBound.class::isInstance)
                    .map(Check.DeviceBound.class::cast)
                    .findFirst();
        }
    }

    /// Claims the tokens and judges; different ones are all used up.
    Judged judge(List<SecretHash> tokens) {
        var owners = tokens.stream().map(tx.transfers()::owner).flatMap(Optional::stream).toList();
        var held = lock(owners);
        var redeemer = request.client().id();
        if (tokens.size() > 1) {
            var claims =
                    tokens.stream()
                            .map(token -> tx.transfers().burn(token, redeemer))
                            .map(
                                    burnt ->
                                            burnt.<Claim>map(Claim.Taken::new)
                                                    .orElseGet(Claim.UnknownOrUsed::new))
                            .toList();
            return judged(claims, new Claim.Conflicting(), held.get(), false);
        }
        var claim = tx.transfers().claim(tokens.getFirst(), redeemer, request.proof()).get();
        var isUsedAgain =
                claim instanceof Claim.UnknownOrUsed
                        && owners.stream().anyMatch(owner -> tx.now().isBefore(owner.expiresAt()));
        return judged(List.of(claim), claim, held.get(), isUsedAgain);
    }

    /// Judges a token that was claimed before, by the facts of now.
    Judged judge(Transfer claimed, Held held) {
        var claim = new Claim.Taken(claimed);
        return judged(List.of(claim), claim, held, false);
    }

    private Judged judged(List<Claim> claims, Claim claim, Held held, boolean isUsedAgain) {
        var judgement = Redeem.judge(claim, _ -> facts(held));
        return new Judged(claims, judgement.decision(), judgement.checks(), isUsedAgain);
    }

    /// What is locked, and what is read under these locks, before anything is claimed; the other
    /// order deadlocks (THREATS section 0).
    record Held(
            UserState user,
            boolean parentIsLive,
            Optional<Session> session,
            boolean issuerMayCreate,
            boolean isMember,
            boolean connectionIsEnabled) {}

    /// Locks all that a token depends on.
    Held lock(Transfer transfer) {
        return lock(List.of(Owner.of(transfer))).get();
    }

    /// @return asked together with what is asked next, but for the session
    private Supplier<Held> lock(List<Owner> owners) {
        var user = lockUsers(owners);
        var parentIsLive = lockParents(owners);
        // Read now: to end it takes locks that come before any token's.
        var session =
                request.cookie()
                        .flatMap(tx.sessions()::lockExclusive)
                        .filter(it -> !it.pending())
                        .flatMap(this::ifStanding);
        var subject = owners.stream().findFirst();
        var issuer = subject.map(it -> tx.clients().askFlags(it.issuer()));
        var isMember = subject.map(this::isMember);
        var isEnabled = subject.map(this::connectionIsEnabled);
        return () ->
                new Held(
                        user.get(),
                        parentIsLive.get(),
                        session,
                        issuer.flatMap(Supplier::get)
                                .map(ClientTable.Flags::mayCreate)
                                .orElse(false),
                        isMember.map(Supplier::get).orElse(false),
                        isEnabled.map(Supplier::get).orElse(false));
    }

    /// Locks the token's user and the session's user, in ascending order; returns the state of the
    /// former.
    private Supplier<UserState> lockUsers(List<Owner> owners) {
        var ids = owners.stream().map(Owner::user).collect(Collectors.toCollection(ArrayList::new));
        request.cookie().flatMap(tx.sessions()::find).map(Session::user).ifPresent(ids::add);
        Supplier<UserState> state = () -> UserState.GONE;
        var ordered = new TreeSet<>(Comparator.comparing(UserId::value));
        ordered.addAll(ids);
        for (var user : ordered) {
            var isSubject = !owners.isEmpty() && user.equals(owners.getFirst().user());
            var found =
                    isSubject
                            ? Hearing.lock(tx, user, request.policy())
                            : tx.users().lockShared(user);
            if (isSubject) state = found;
        }
        return state;
    }

    /// Locks the native families of the tokens, in ascending order.
    ///
    /// @return whether the last one is live, which is the only one if anything is decided by it
    private Supplier<Boolean> lockParents(List<Owner> owners) {
        Supplier<Boolean> isLive = () -> false;
        var ordered = new TreeSet<>(Comparator.comparing(FamilyId::value));
        owners.forEach(owner -> ordered.add(owner.parent()));
        for (var parent : ordered) {
            var locked = tx.families().lockShared(parent);
            isLive = () -> locked.get().filter(family -> family.isLiveAt(tx.now())).isPresent();
        }
        return isLive;
    }

    /// The session of the cookie, pending or not.
    Optional<Session> lockStanding() {
        var seen = request.cookie().flatMap(tx.sessions()::find);
        seen.ifPresent(session -> tx.users().lockShared(session.user()));
        return seen.flatMap(_ -> tx.sessions().lockExclusive(request.cookie().orElseThrow()))
                .flatMap(this::ifStanding);
    }

    /// A session that only its own limits still let live ends here, with all that is bound to it,
    /// or the tenant's would never come to count for it.
    Optional<Session> ifStanding(Session session) {
        if (!session.isStandingAt(tx.now())) return Optional.empty();
        if (session.pending(false).isLiveAt(tx.now(), limitsOf(session)))
            return Optional.of(session);
        ended = Optional.of(Endings.endSessions(tx, List.of(session.id()), Cause.EXPIRED));
        return Optional.empty();
    }

    /// The session that ended because its time was over.
    Optional<Receipt> ended() {
        return ended;
    }

    SessionLimits limitsOf(Session session) {
        return session.parent().isPresent() ? request.transferLimits() : request.limits();
    }

    /// What a token depends on beside itself.
    Facts facts(Held held) {
        var policy = request.client().transfer();
        return new Facts(
                held.parentIsLive(),
                held.user(),
                held.issuerMayCreate(),
                request.organization(),
                held.isMember(),
                held.connectionIsEnabled(),
                request.client().id(),
                policy.binding(),
                policy.sameSystemSuffices(),
                request.device(),
                held.session());
    }

    private Supplier<Boolean> isMember(Owner owner) {
        return owner.organization()
                .map(of -> tx.users().askIsMember(owner.user(), of))
                .orElse(() -> true);
    }

    private Supplier<Boolean> connectionIsEnabled(Owner owner) {
        if (request.connection().isPresent()
                && !request.connection().get().equals(owner.connection())) return () -> false;
        return tx.users()
                .askIsEnabled(owner.connection(), request.client().id(), owner.organization());
    }
}
