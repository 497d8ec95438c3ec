package segue.domain.authentication;

import java.time.Instant;
import java.util.List;

/// The interactive sign-in behind a credential.
///
/// @param at `auth_time`: when the user was last asked for credentials
/// @param methods what they presented, in order
public record Authentication(Instant at, List<Method> methods) {
    public Authentication {
        methods = List.copyOf(methods);
    }

    /// A sign-in elsewhere that an Action vouches for.
    public static Authentication elsewhere(Instant at) {
        return new Authentication(at, List.of(new Method("federated", at)));
    }

    /// A sign-in with a password.
    public static Authentication byPassword(Instant at) {
        return new Authentication(at, List.of(new Method("pwd", at)));
    }
}
