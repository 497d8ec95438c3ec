package segue.server.http;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/// Who is let in, lane by lane. There is no queue before it: whoever waited there would take as
/// long as if it had been let in, and be refused by its own client's patience in the end.
public final class Admission {
    private static final ScopedValue<Place> PLACE = ScopedValue.newInstance();

    private final Map<Lane, AdaptiveLimit> limits = new EnumMap<>(Lane.class);

    /// @param concurrent the most requests that are worked on at once
    Admission(int concurrent) {
        var processors = Runtime.getRuntime().availableProcessors();
        for (var lane : Lane.values())
            limits.put(
                    lane,
                    new AdaptiveLimit(
                            processors,
                            2 * processors + 2,
                            lane.most(concurrent),
                            System::nanoTime));
    }

    private AdaptiveLimit of(Lane lane) {
        return Objects.requireNonNull(limits.get(lane));
    }

    /// Whether a request would be refused now, which then counts as refused.
    boolean refuses(Lane lane) {
        return lane != Lane.OPERATIONS && of(lane).isFull();
    }

    /// Does the work if there is room for it.
    ///
    /// @param kind a word with few values: work of a kind takes about as long each time
    Optional<Response> within(Lane lane, String kind, Supplier<Response> work) {
        return lane == Lane.OPERATIONS
                ? Optional.of(work.get())
                : of(lane).enter().map(entry -> within(of(lane), entry, kind, work));
    }

    private static Response within(
            AdaptiveLimit limit, AdaptiveLimit.Entry entry, String kind, Supplier<Response> work) {
        var place = new Place(limit);
        try {
            return ScopedValue.where(PLACE, place).call(work::get);
        } finally {
            if (place.isHeld) limit.leave(entry, kind);
        }
    }

    /// What the caller does from now on waits in a bounded lane of its own, and gives its place to
    /// others: else those who wait for a password's hash or for an Action would be all that is let
    /// in.
    public static void leave() {
        if (PLACE.isBound()) PLACE.get().leave();
    }

    /// How many requests may be in a lane at once now.
    public int limit(Lane lane) {
        return of(lane).limit();
    }

    /// How many are.
    public int in(Lane lane) {
        return of(lane).in();
    }

    /// How many have been let in so far.
    public long admitted(Lane lane) {
        return of(lane).admitted();
    }

    /// How many have been refused.
    public long refused(Lane lane) {
        return of(lane).refused();
    }

    /// For the thread of the request only.
    private static final class Place {
        private final AdaptiveLimit limit;
        private boolean isHeld = true;

        Place(AdaptiveLimit limit) {
            this.limit = limit;
        }

        void leave() {
            if (isHeld) limit.leaveEarly();
            isHeld = false;
        }
    }
}
