package segue.server.action;

import segue.domain.action.Effect;

import java.util.List;

/// What a script asked for.
record Asked(List<Effect> effects, List<CacheEdit> cache) {
    Asked {
        effects = List.copyOf(effects);
        cache = List.copyOf(cache);
    }
}
