package segue.domain.authorize;

import segue.domain.authentication.Authentication;
import segue.domain.identifier.UserId;

import java.time.Instant;
import java.util.Optional;

/// May the request proceed with the user that the browser has? Contract authentication-api §3.3 and
/// native-to-web §5.4.
public final class SignOn {
    private SignOn() {}

    /// The user that the browser has, through its session or through a transfer.
    ///
    /// @param authentication their original sign-in; a transfer's is that of its parent, so it
    ///   doesn't look fresher
    /// @param connectionIsEnabled their connection is enabled for the client
    /// @param isMember they belong to the organization of the request, if it names one
    public record Standing(
            UserId user,
            Authentication authentication,
            boolean connectionIsEnabled,
            boolean isMember) {}

    /// The answer.
    public enum Verdict {
        PROCEED,
        /// Show the login page.
        LOGIN,
        /// `login_required`: it would take the login page, and the request is silent.
        LOGIN_REQUIRED,
        /// `access_denied`: the user doesn't belong to the organization.
        NOT_A_MEMBER
    }

    /// Decides.
    ///
    /// @param standing empty if the browser has nobody
    public static Verdict decide(Ask ask, Optional<Standing> standing, Instant now) {
        if (mustAuthenticate(ask, standing, now))
            return ask.silent() ? Verdict.LOGIN_REQUIRED : Verdict.LOGIN;
        if (!standing.orElseThrow().isMember()) return Verdict.NOT_A_MEMBER;
        return Verdict.PROCEED;
    }

    private static boolean mustAuthenticate(Ask ask, Optional<Standing> standing, Instant now) {
        if (standing.isEmpty() || ask.credentials()) return true;
        if (!standing.get().connectionIsEnabled()) return true;
        // OpenID Connect Core §3.1.2.1: a hint at somebody else is no success.
        if (ask.user().filter(user -> !user.equals(standing.get().user())).isPresent()) return true;
        var authenticatedAt = standing.get().authentication().at();
        // OpenID Connect Core §3.1.2.1: zero asks for a new sign-in, however fast the clock is
        // read.
        return ask.maxAge()
                .filter(age -> age.isZero() || now.isAfter(authenticatedAt.plus(age)))
                .isPresent();
    }
}
