package segue.actions;

import java.util.Comparator;
import java.util.HashSet;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/// One run: what the Action asked for, what it waits for, how it ended. It is kept on this side of
/// the fence, where no script can reach what was recorded.
final class Execution {
    static final int CALLS = 1000;
    static final int EFFECTS_SIZE = 200_000;
    static final int ARGUMENTS_SIZE = 100_000;
    static final int CONSOLE = 256;
    static final int TIMERS = 1000;
    static final int PENDING_CALLS = 50;

    /// @param due in nanoseconds since the run began
    record Timer(int id, long due) {}

    private final long begin = System.nanoTime();

    private final StringBuilder effects = new StringBuilder();
    private int effectCount;
    private final StringBuilder console = new StringBuilder();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(
                    Comparator.<Timer>comparingLong(Timer::due).thenComparingInt(Timer::id));
    private final Set<Integer> pendingCalls = new HashSet<>();
    private boolean settled;
    private Optional<Failure> failure = Optional.empty();

    /// Nanoseconds since the run began.
    long age() {
        return System.nanoTime() - begin;
    }

    /// Whether it was recorded; a run that asks for too much fails.
    boolean record(String call, String arguments) {
        if (settled) return false;
        if (arguments.length() > ARGUMENTS_SIZE
                || effects.length() + arguments.length() > EFFECTS_SIZE
                || effectCount == CALLS) return false;
        if (effectCount++ > 0) effects.append(',');
        effects.append("{\"call\":").append(Json.quote(call));
        effects.append(",\"args\":").append(arguments).append('}');
        return true;
    }

    /// How many characters there is still room for.
    int log(String line) {
        if (console.length() > 0 && console.length() < CONSOLE) console.append('\n');
        console.append(Failure.clip(line, CONSOLE - console.length()));
        return CONSOLE - console.length();
    }

    boolean startTimer(int id, long due) {
        return timers.size() < TIMERS && timers.add(new Timer(id, due));
    }

    void stopTimer(int id) {
        timers.removeIf(it -> it.id() == id);
    }

    Optional<Timer> nextTimer() {
        return Optional.ofNullable(timers.peek());
    }

    boolean hasRoomForCall() {
        return !settled && pendingCalls.size() < PENDING_CALLS;
    }

    void startCall(int callId) {
        pendingCalls.add(callId);
    }

    boolean endCall(int callId) {
        return pendingCalls.remove(callId);
    }

    boolean waitsForNothing() {
        return timers.isEmpty() && pendingCalls.isEmpty();
    }

    void settle() {
        settled = true;
    }

    /// The first failure stands: a script that catches what `api` threw has failed all the same.
    void fail(Failure failure) {
        if (this.failure.isEmpty()) this.failure = Optional.of(failure);
        settled = true;
    }

    /// Its time was up: that is why it failed, whatever a script that is being cancelled throws.
    void timeOut() {
        failure = Optional.of(Failure.timeout());
        settled = true;
    }

    boolean isSettled() {
        return settled;
    }

    boolean hasFailed() {
        return failure.isPresent();
    }

    /// What DONE carries.
    String json() {
        return "{\"effects\":["
                + (hasFailed() ? "" : effects)
                + "],\"console\":"
                + Json.quote(console.toString())
                + ",\"error\":"
                + failure.map(Failure::json).orElse("null")
                + "}";
    }
}
