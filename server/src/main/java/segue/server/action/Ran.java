package segue.server.action;

import segue.domain.action.Effect;
import segue.domain.action.Verdict.Failure;

import java.util.List;
import java.util.Optional;

/// What one Action did.
///
/// @param failure why its effects don't count
record Ran(List<Effect> effects, List<CacheEdit> cache, String console, Optional<Failure> failure) {
    Ran {
        effects = List.copyOf(effects);
        cache = List.copyOf(cache);
    }

    static Ran failed(String console, Failure failure) {
        return new Ran(List.of(), List.of(), console, Optional.of(failure));
    }
}
