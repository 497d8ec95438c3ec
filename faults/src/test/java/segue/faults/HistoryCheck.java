package segue.faults;

import segue.faults.Thing.Kind;
import segue.faults.Violation.Rule;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What a history must not contain (THREATS section 3, point 5). It goes through the history twice
/// and remembers a little of each thing: first when it ended for certain and when it may have ended
/// at the earliest, then whether each answer fits that. What was answered with an error of the
/// server, or not at all, may have been done or not; that is all the doubt there is.
final class HistoryCheck {
    /// When the answer came after which it can't work any more.
    private final Map<Thing, Long> ended = new HashMap<>();

    /// When the first request was sent that may have ended it, used it up, or shown that somebody
    /// else has it.
    private final Map<Thing, Long> endangered = new HashMap<>();

    private final Map<Thing, Long> made = new HashMap<>();
    private final Map<Thing, String> owners = new HashMap<>();
    private final Set<Thing> presented = new HashSet<>();
    private final Set<Thing> consumed = new HashSet<>();
    private final List<Violation> violations = new ArrayList<>();

    private HistoryCheck() {}

    /// All that is wrong in it, in the order of the requests.
    static List<Violation> violations(Collection<Operation> history) {
        var check = new HistoryCheck();
        var sorted = history.stream().sorted(Comparator.comparingLong(Operation::start)).toList();
        sorted.forEach(check::remember);
        sorted.forEach(check::judge);
        return List.copyOf(check.violations);
    }

    private void remember(Operation operation) {
        for (var thing : operation.made()) made.put(thing, operation.start());
        if (operation.outcome() instanceof Outcome.Done(var subject) && subject.isPresent())
            operation.made().stream()
                    .filter(it -> it.kind() == Kind.FAMILY)
                    .forEach(it -> owners.put(it, subject.get()));
        operation.used().ifPresent(thing -> remember(operation, thing));
    }

    private void remember(Operation operation, Thing thing) {
        var isToken = thing.kind() == Kind.REFRESH_TOKEN;
        if (operation.action().ends()) {
            if (operation.outcome().mayBeDone())
                endangered.merge(thing, operation.start(), Math::min);
            if (operation.isDone()) ended.merge(thing, operation.end(), Math::min);
            return;
        }
        // A refresh token that comes again ends its family (RFC 9700 §4.14.2), and a client that
        // had no answer can't but try again.
        if (!presented.add(thing) && isToken)
            endangered.merge(thing.family(), operation.start(), Math::min);
        if (operation.action().consumes() && operation.outcome().mayBeDone())
            endangered.merge(thing, operation.start(), Math::min);
        // Whatever the reason was, it stays.
        if (operation.isRefused())
            ended.merge(isToken ? thing.family() : thing, operation.end(), Math::min);
    }

    private void judge(Operation operation) {
        switch (operation.outcome()) {
            case Outcome.Done(var subject) -> {
                operation.used().ifPresent(thing -> judgeDone(operation, thing));
                if (operation.used().isPresent() && subject.isPresent()) {
                    var owner = owners.get(operation.used().get().family());
                    if (!subject.get().equals(owner)) found(Rule.SUBJECT, operation);
                }
            }
            case Outcome.Refused _ -> {
                if (operation.used().isEmpty() || !isExcused(operation, operation.used().get()))
                    found(Rule.DURABILITY, operation);
            }
            case Outcome.Unavailable(var status, var saysWhenToRetry) -> {
                var isToldToWait = status == 503 || status == 429;
                if (!isToldToWait || !saysWhenToRetry) found(Rule.FAIL_FAST, operation);
            }
            case Outcome.Broken _ -> {}
        }
    }

    private void judgeDone(Operation operation, Thing thing) {
        if (operation.action().ends()) return;
        if (operation.action().consumes() && !consumed.add(thing))
            found(Rule.SINGLE_USE, operation);
        if (thing.line().stream()
                .anyMatch(it -> ended.getOrDefault(it, Long.MAX_VALUE) < operation.start()))
            found(Rule.REVOCATION, operation);
    }

    private boolean isExcused(Operation operation, Thing thing) {
        if (operation.action().ends()) return false;
        var age = operation.end() - made.getOrDefault(thing, operation.end());
        return thing.kind().lifetime().filter(it -> age > it.toNanos()).isPresent()
                || thing.line().stream()
                        .anyMatch(
                                it ->
                                        endangered.getOrDefault(it, Long.MAX_VALUE)
                                                < operation.end());
    }

    private void found(Rule rule, Operation operation) {
        violations.add(new Violation(rule, operation));
    }
}
