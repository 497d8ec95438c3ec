package segue.server.action;

import segue.domain.action.Verdict.Failure;

import java.util.List;
import java.util.Optional;

/// What one Action did.
///
/// @param <E> what its trigger knows to ask for
/// @param failure why its effects don't count
record Ran<E>(List<E> effects, List<CacheEdit> cache, String console, Optional<Failure> failure) {
    Ran {
        effects = List.copyOf(effects);
        cache = List.copyOf(cache);
    }

    static <E> Ran<E> failed(String console, Failure failure) {
        return new Ran<>(List.of(), List.of(), console, Optional.of(failure));
    }
}
