package segue.domain.action;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a run of all Actions of a trigger came to.
///
/// @param effects what they asked for, in order
/// @param failure why the run failed; then nothing that was asked for happens, and the sign-in is
///   denied (THREATS R46.2)
/// @param execution the record of the run
/// @param continuation where the run goes on when the browser comes back from elsewhere; opaque
public record Verdict(
        List<Effect> effects,
        Optional<Failure> failure,
        Execution execution,
        Optional<String> continuation) {
    public Verdict {
        effects = List.copyOf(effects);
    }

    /// Of a run that is over.
    public Verdict(List<Effect> effects, Optional<Failure> failure, Execution execution) {
        this(effects, failure, execution, Optional.empty());
    }

    /// Contract actions §6.1.
    ///
    /// @param errorClass `action_error`, `action_timeout`, `platform_error` or `rate_limited`
    /// @param action the name of the Action that failed, empty if none was reached
    /// @param code a short name of what happened
    public record Failure(
            String errorClass,
            Optional<String> action,
            String code,
            String message,
            String name,
            String stack) {}

    /// The record of a run.
    ///
    /// @param id names it in the tenant log
    /// @param trigger for example `post-login`
    /// @param document JSON, as the Management API shows it
    public record Execution(String id, String trigger, String document) {}

    /// What it comes to.
    public Ruling ruling(Rule.Facts facts) {
        return failure.map(Verdict::rulingOn).orElseGet(() -> Rule.decide(effects, facts));
    }

    /// What a failure comes to: the client isn't told why (contract actions §6.1).
    public static Ruling rulingOn(Failure failure) {
        return new Ruling.Denied("access_denied", "Action execution failed", false, Set.of());
    }
}
