package segue.server.trail;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.secret.SecretHash;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// What became known about one request while it was answered. Whoever learns something notes it
/// here by a static method, which does nothing unless somebody follows the request; so neither
/// endpoints nor use cases need to hand a thing through that has no part in their answers.
///
/// It takes identifiers that we made, outcomes in our own words, and hashes of secrets from which a
/// trace's name is derived. There is no way to note text of a request (invariant I8).
public final class Trail {
    private static final ScopedValue<Trail> CURRENT = ScopedValue.newInstance();

    /// A request with more has a fault of ours; the memory that it takes stays bounded.
    private static final int MOST_STEPS = 64;

    private final Instant begin;
    private final long beginNanos = System.nanoTime();
    private final List<Step> steps = new ArrayList<>();
    private Optional<ClientId> client = Optional.empty();
    private Optional<FamilyId> family = Optional.empty();
    private Optional<String> outcome = Optional.empty();
    private Optional<SecretHash> issued = Optional.empty();
    private Optional<SecretHash> presented = Optional.empty();

    private Trail(Instant begin) {
        this.begin = begin;
    }

    /// Follows a request through the work that answers it.
    public static void follow(Instant begin, Runnable work) {
        ScopedValue.where(CURRENT, new Trail(begin)).run(work);
    }

    /// That of the request that this thread answers; empty if nobody follows it.
    public static Optional<Trail> current() {
        return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
    }

    /// A client that is registered is asking, or is asked for.
    public static void by(ClientId client) {
        if (CURRENT.isBound()) CURRENT.get().client = Optional.of(client);
    }

    /// It is about this family, or about what stems from it: for all that came of a hand-off, the
    /// native one.
    public static void about(FamilyId family) {
        if (CURRENT.isBound()) CURRENT.get().family = Optional.of(family);
    }

    /// What came of a session transfer token.
    ///
    /// @param outcome one of `segue.storage.Outcomes`
    public static void ended(String outcome) {
        if (CURRENT.isBound()) CURRENT.get().outcome = Optional.of(outcome);
    }

    /// It handed out a one-time secret that another request will bring.
    public static void issued(SecretHash secret) {
        if (CURRENT.isBound()) CURRENT.get().issued = Optional.of(secret);
    }

    /// It brought a one-time secret that another request handed out.
    public static void presented(SecretHash secret) {
        if (CURRENT.isBound()) CURRENT.get().presented = Optional.of(secret);
    }

    /// Does a part of the work, and notes how long it took.
    public static <T> T step(Step.Kind kind, Supplier<T> work) {
        if (!CURRENT.isBound()) return work.get();
        var trail = CURRENT.get();
        var start = System.nanoTime();
        try {
            return work.get();
        } finally {
            if (trail.steps.size() < MOST_STEPS)
                trail.steps.add(
                        new Step(
                                kind,
                                Duration.ofNanos(start - trail.beginNanos),
                                Duration.ofNanos(System.nanoTime() - start)));
        }
    }

    public Instant begin() {
        return begin;
    }

    public Optional<ClientId> client() {
        return client;
    }

    public Optional<FamilyId> family() {
        return family;
    }

    public Optional<String> outcome() {
        return outcome;
    }

    public Optional<SecretHash> issued() {
        return issued;
    }

    public Optional<SecretHash> presented() {
        return presented;
    }

    /// In the order in which they ended.
    public List<Step> steps() {
        return List.copyOf(steps);
    }
}
