package segue.domain.authorize;

import java.util.Optional;
import java.util.Set;

/// Must the user be asked whether the client may have what it asks for? Contract authentication-api
/// §3.3, point 6; THREATS R16.4.
public final class Consent {
    private Consent() {}

    /// Who asks, and how.
    ///
    /// @param isFirstParty the client is the tenant's own
    /// @param isSkipped there is no API, or it wants no consent for first-party clients
    /// @param isDemanded `prompt=consent`
    /// @param isImpersonable a native client whose callback another app of the device could receive
    ///   in its place: a custom scheme, or a port of the device itself (RFC 8252 §8.6)
    /// @param claims the scopes that the single claims of the `claims` parameter belong to
    public record Terms(
            boolean isFirstParty,
            boolean isSkipped,
            boolean isDemanded,
            boolean isImpersonable,
            Set<String> claims) {
        public Terms {
            claims = Set.copyOf(claims);
        }

        /// Whether nobody is asked, whatever the user allowed before.
        public boolean isExempt() {
            return isFirstParty && isSkipped && !isDemanded;
        }
    }

    /// The answer.
    public enum Verdict {
        PROCEED,
        /// Show the page.
        ASK,
        /// `consent_required`: it would take the page, and the request is silent.
        CONSENT_REQUIRED,
        /// `interaction_required`: nobody can tell without the user that it is this client.
        INTERACTION_REQUIRED
    }

    /// Decides.
    ///
    /// @param wanted the scopes that the client is to get
    /// @param given what the user has allowed this client at this API; empty if they were never
    ///   asked
    /// @param isSeen the user has seen a page of ours on the way here
    public static Verdict decide(
            boolean silent,
            Terms terms,
            Set<String> wanted,
            Optional<Set<String>> given,
            boolean isSeen) {
        if (terms.isExempt()) return Verdict.PROCEED;
        var isUnsure = terms.isImpersonable() && !terms.isFirstParty();
        if (isUnsure && silent) return Verdict.INTERACTION_REQUIRED;
        var isNew = !given.map(it -> it.containsAll(wanted)).orElse(false);
        if (isNew || terms.isDemanded()) return silent ? Verdict.CONSENT_REQUIRED : Verdict.ASK;
        return isUnsure && !isSeen ? Verdict.ASK : Verdict.PROCEED;
    }
}
