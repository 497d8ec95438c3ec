package segue.faults;

import segue.faults.Actor.Did;
import segue.faults.Thing.Kind;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// A mixed load: clients that sign in, refresh, hand logins to browsers, sign in silently, end
/// sessions and families, and try what must not work. What each does next is decided by a seed; who
/// is quicker isn't.
final class Load implements AutoCloseable {
    private static final int CLIENTS = 6;
    private static final int FAMILIES = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MOST_SPENT_TO_LOOK_AT = 400;

    private final URI server;
    private final long seed;
    private final History history = new History();
    private final Pool<Family> families = new Pool<>();
    private final Pool<Held> transfers = new Pool<>();
    private final Pool<Held> sessions = new Pool<>();
    private final Pool<Held> codes = new Pool<>();

    /// What was used up, replaced or ended, or may have been.
    private final Pool<Held> spent = new Pool<>();

    private final Map<Thing, String> sids = new ConcurrentHashMap<>();
    private final List<Future<?>> clients = new ArrayList<>();
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory());
    private Optional<String> operatorsToken = Optional.empty();
    private volatile boolean isStopping = false;

    Load(URI server, long seed) {
        this.server = server;
        this.seed = seed;
    }

    /// An app's login. The app does one thing at a time with its refresh token, because two at once
    /// would be a replay.
    private static final class Family {
        final ReentrantLock turn = new ReentrantLock();
        Held token;
        boolean isOver = false;

        Family(Held token) {
            this.token = token;
        }
    }

    History history() {
        return history;
    }

    Actor actor() {
        return new Actor(server, history);
    }

    /// Signs everybody in, and lets the clients begin.
    void start() {
        isStopping = false;
        try (var actor = actor()) {
            if (operatorsToken.isEmpty()) operatorsToken = Optional.of(actor.operatorsToken());
            while (families.size() < FAMILIES) signIn(actor, random(CLIENTS + 1));
        }
        for (var i = 0; i < CLIENTS; i++) {
            var random = random(i);
            clients.add(threads.submit(() -> client(random)));
        }
    }

    /// Of a client, or of whoever else plays a part.
    RandomGenerator random(int number) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed * 1_000 + number);
    }

    /// Lets the clients finish what they are at.
    void stop() throws InterruptedException {
        isStopping = true;
        for (var client : clients)
            try {
                client.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("a client failed", e.getCause());
            }
        clients.clear();
    }

    /// Waits until so many further requests have succeeded.
    ///
    /// @return how long that took
    Duration awaitDone(int more) {
        var start = System.nanoTime();
        var enough = history.done() + more;
        while (history.done() < enough) {
            if (clients.stream().anyMatch(Future::isDone))
                throw new IllegalStateException("a client has ended");
            var took = Duration.ofNanos(System.nanoTime() - start);
            if (took.compareTo(PATIENCE) > 0)
                throw new IllegalStateException("nothing succeeds any more: " + history.last());
            LockSupport.parkNanos(500_000);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private void client(RandomGenerator random) {
        try (var actor = actor()) {
            while (!isStopping)
                // The server is away, or asks for patience; nobody tells when it is back.
                if (actor.isWelcome()) turn(actor, random);
                else LockSupport.parkNanos(50_000_000);
        }
    }

    private void turn(Actor actor, RandomGenerator random) {
        if (families.size() < FAMILIES) {
            signIn(actor, random);
            return;
        }
        var dice = random.nextInt(100);
        if (dice < 22) rotate(random, family -> refresh(actor, family));
        else if (dice < 44) rotate(random, family -> exchange(actor, random, family));
        else if (dice < 62) transfers.take(random).ifPresent(it -> redeem(actor, random, it));
        else if (dice < 72) codes.take(random).ifPresent(it -> code(actor, it));
        else if (dice < 88) sessions.any(random).ifPresent(it -> silent(actor, random, it));
        else if (dice < 90) rotate(random, family -> revoke(actor, family));
        else if (dice < 92) sessions.take(random).ifPresent(it -> logOut(actor, it));
        else if (dice < 93) sessions.take(random).ifPresent(it -> delete(actor, it));
        else spent.any(random).ifPresent(actor::use);
    }

    private void signIn(Actor actor, RandomGenerator random) {
        var did = actor.signIn(Tenant.USERS.get(random.nextInt(Tenant.USERS.size())));
        if (did.isDone()) families.add(new Family(did.made(Kind.REFRESH_TOKEN)));
    }

    @FunctionalInterface
    private interface Turn {
        void of(Family family);
    }

    private void rotate(RandomGenerator random, Turn turn) {
        var family = families.any(random);
        if (family.isEmpty() || !family.get().turn.tryLock()) return;
        try {
            if (!family.get().isOver) turn.of(family.get());
        } finally {
            family.get().turn.unlock();
        }
    }

    private void refresh(Actor actor, Family family) {
        rotated(family, actor.refresh(family.token));
    }

    private void exchange(Actor actor, RandomGenerator random, Family family) {
        var did = actor.exchange(family.token);
        rotated(family, did);
        if (did.isDone()) addPerhapsTwice(transfers, did.made(Kind.TRANSFER), random);
    }

    /// Without an answer the app keeps what it has, and tries it again.
    private void rotated(Family family, Did did) {
        if (did.isRefused()) over(family);
        if (!did.isDone()) return;
        spent.add(family.token);
        family.token = did.made(Kind.REFRESH_TOKEN);
    }

    private void over(Family family) {
        family.isOver = true;
        families.remove(family);
        spent.add(family.token);
    }

    /// Sometimes two want the same: a thief, or a link that was opened twice.
    private static void addPerhapsTwice(Pool<Held> pool, Held held, RandomGenerator random) {
        pool.add(held);
        if (random.nextInt(100) < 30) pool.add(held);
    }

    private void redeem(Actor actor, RandomGenerator random, Held transfer) {
        var did = actor.redeem(transfer);
        spent.add(transfer);
        if (!did.isDone()) return;
        sessions.add(did.made(Kind.SESSION));
        addPerhapsTwice(codes, did.made(Kind.CODE), random);
    }

    private void silent(Actor actor, RandomGenerator random, Held session) {
        var did = actor.silentSignIn(session);
        if (did.isRefused()) {
            sessions.remove(session);
            spent.add(session);
        }
        if (did.isDone()) addPerhapsTwice(codes, did.made(Kind.CODE), random);
    }

    private void code(Actor actor, Held code) {
        var did = actor.code(code);
        spent.add(code);
        var session = code.thing().parent();
        if (did.sid().isPresent() && session.isPresent()) sids.put(session.get(), did.sid().get());
    }

    private void revoke(Actor actor, Family family) {
        var did = actor.revoke(family.token);
        if (did.isDone()) over(family);
    }

    private void logOut(Actor actor, Held session) {
        var _ = actor.logOut(session);
        spent.add(session);
    }

    private void delete(Actor actor, Held session) {
        var sid = Optional.ofNullable(sids.get(session.thing()));
        if (sid.isPresent()) actor.delete(session.thing(), sid.get(), operatorsToken.orElseThrow());
        spent.add(session);
    }

    /// Something that the load is to know of: a login that somebody else has begun.
    void adopt(Held held) {
        switch (held.thing().kind()) {
            case REFRESH_TOKEN -> families.add(new Family(held));
            case TRANSFER -> transfers.add(held);
            case SESSION -> sessions.add(held);
            case CODE -> codes.add(held);
            case FAMILY -> throw new IllegalArgumentException("a family isn't presented");
        }
    }

    /// Something that must not work any more, or perhaps doesn't.
    void bury(Held held) {
        spent.add(held);
    }

    /// Uses everything that clients hold once more, and much of what must not work; nothing else
    /// goes on.
    void probe() {
        var random = random(CLIENTS);
        try (var actor = actor()) {
            for (var it : families.all()) refresh(actor, it);
            for (var it : transfers.takeAll()) redeem(actor, random, it);
            for (var it : sessions.all()) silent(actor, random, it);
            for (var it : codes.takeAll()) code(actor, it);
            for (var i = 0; i < Math.min(MOST_SPENT_TO_LOOK_AT, spent.size()); i++)
                spent.any(random).ifPresent(actor::use);
        }
    }

    @Override
    public void close() {
        isStopping = true;
        threads.close();
    }
}
