package segue.server.action;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import segue.domain.action.Effect;
import segue.domain.action.Event;
import segue.domain.action.Progress;
import segue.domain.action.TokenExchangeEffect;
import segue.domain.action.TokenExchangeEvent;
import segue.domain.action.TokenExchangeVerdict;
import segue.domain.action.Verdict;
import segue.domain.action.Verdict.Failure;
import segue.domain.secret.Secret;
import segue.server.action.ExecutionRecord.Result;
import segue.server.action.Workers.Hiring;
import segue.server.action.spi.PostLoginAction;
import segue.server.http.Outbound;
import segue.server.metrics.Metrics;
import segue.server.settings.Settings;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Runs all Actions of the post-login trigger, in order: those in Java first, then the tenant's
/// scripts in one worker. They share one budget, and what one sets as metadata the next is told
/// (contract actions §1). Called without a connection and without a lock; safe for many threads.
public final class Pipeline implements AutoCloseable {
    public static final String POST_LOGIN = "post-login";
    private static final String TOKEN_EXCHANGE = "custom-token-exchange";

    /// The export that looks at a sign-in.
    static final String HANDLER = "onExecutePostLogin";

    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);
    private static final String TOKEN_EXCHANGE_HANDLER = "onExecuteCustomTokenExchange";
    private static final String HANDLER_AFTER_REDIRECT = "onContinuePostLogin";

    /// The most Java Actions at once, those that never end included.
    private static final int MOST_JAVA_ACTIONS = 256;

    private record Loaded(long revision, List<Script> scripts) {}

    private final Scripts source;
    private final Workers workers;
    private final ScriptRunner runner;
    private final JavaActions javaActions;
    private final Duration budget;
    private final Metrics metrics;
    private final Supplier<String> ids;
    private final Clock clock;
    private final ActionCache cache = new ActionCache();
    private final AtomicReference<Optional<Loaded>> loaded =
            new AtomicReference<>(Optional.empty());

    /// With the worker program and the Java Actions that are installed.
    ///
    /// @param ids makes the ids of execution records
    public Pipeline(
            Scripts scripts,
            Settings.Actions settings,
            Outbound outbound,
            Metrics metrics,
            Supplier<String> ids,
            Clock clock) {
        this(
                scripts,
                new Workers(Workers.installed(), settings.workers()),
                settings,
                outbound,
                new JavaActions(JavaActions.found(), MOST_JAVA_ACTIONS),
                metrics,
                ids,
                clock);
    }

    /// @param workers are closed with this
    Pipeline(
            Scripts scripts,
            Workers workers,
            Settings.Actions settings,
            Outbound outbound,
            JavaActions javaActions,
            Metrics metrics,
            Supplier<String> ids,
            Clock clock) {
        this.source = scripts;
        this.workers = workers;
        this.runner = new ScriptRunner(new Fetch(outbound, settings.allowedHosts()));
        this.javaActions = javaActions;
        this.budget = settings.deadline();
        this.metrics = metrics;
        this.ids = ids;
        this.clock = clock;
        metrics.actionsMayRun(POST_LOGIN);
        metrics.gauge("segue.actions.workers", "Processes that run Actions", workers::alive);
        metrics.gauge(
                "segue.actions.worker.losses",
                "Processes for Actions that ended or were killed since the start",
                workers::losses);
    }

    /// Whether there is nothing to run, so that a flow needn't stop for it.
    ///
    /// @param revision as for [#run]
    public boolean isEmpty(long revision) {
        return javaActions.all().isEmpty() && scripts(revision).isEmpty();
    }

    /// Runs all Actions.
    ///
    /// @param revision what is bound is read again only if this has changed
    public Verdict run(long revision, Event event, Redirection redirection) {
        return new Run(event, redirection).all(javaActions.all(), scripts(revision), HANDLER);
    }

    /// Goes on after a redirect (contract actions §5): first the Action that redirected, then those
    /// after it. Where it isn't bound any more, its answer would be lost, and the sign-in fails.
    ///
    /// @param continuation of the verdict that redirected
    public Verdict resume(
            long revision, String continuation, Event event, Redirection redirection) {
        var before = Continuation.parse(continuation);
        var rest =
                scripts(revision).stream()
                        .dropWhile(it -> !it.actionId().equals(before.actionId()))
                        .toList();
        var run = new Run(event, redirection);
        run.recall(before.effects());
        return rest.isEmpty()
                ? run.failed("action_error", "action_gone", "the Action isn't bound any more")
                : run.all(List.of(), rest, HANDLER_AFTER_REDIRECT);
    }

    /// Starts a worker if there is something to run, so that the first sign-in needn't wait for it.
    ///
    /// @param revision as for [#run]
    public void warmUp(long revision) {
        if (!scripts(revision).isEmpty())
            Thread.ofVirtual().name("segue-actions-warm-up").start(this::startWorker);
    }

    private void startWorker() {
        try {
            if (workers.hire() instanceof Hiring.Hired(var worker)) workers.giveBack(worker);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<Script> scripts(long revision) {
        var now = loaded.get();
        if (now.isPresent() && now.get().revision() == revision) return now.get().scripts();
        var scripts = List.copyOf(source.boundTo(POST_LOGIN));
        loaded.set(Optional.of(new Loaded(revision, scripts)));
        return scripts;
    }

    /// Does something in a worker; tells what kept it from being done.
    private Optional<Failure> inWorker(Consumer<Worker> work) {
        try {
            return switch (workers.hire()) {
                case Hiring.Hired(var worker) -> {
                    try {
                        work.accept(worker);
                    } finally {
                        workers.giveBack(worker);
                    }
                    yield Optional.empty();
                }
                case Hiring.Busy _ ->
                        Optional.of(outside("rate_limited", "busy", "too many Actions run"));
                case Hiring.Impossible(var reason) ->
                        Optional.of(outside("platform_error", "no_worker", reason));
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(outside("platform_error", "interrupted", "interrupted"));
        }
    }

    /// A failure that is no Action's.
    private static Failure outside(String errorClass, String code, String message) {
        return new Failure(errorClass, Optional.empty(), code, message, "Error", "");
    }

    private void report(
            String id, String trigger, long begin, Optional<Failure> failure, boolean isStopped) {
        failure.ifPresent(
                it ->
                        LOG.warn(
                                "execution {} of Actions failed: {} {}",
                                id,
                                it.errorClass(),
                                it.code()));
        metrics.actionsRan(
                trigger,
                failure.map(Failure::errorClass).orElse(isStopped ? "stopped" : "completed"),
                Duration.ofNanos(System.nanoTime() - begin));
    }

    /// What judges a type of subject token, as it is deployed now.
    public Optional<Script> judging(String subjectTokenType) {
        return source.judging(subjectTokenType);
    }

    /// Lets one script judge a subject token (contract actions §7). The tokens that it is told are
    /// taken out of all that it prints, throws and gives as reasons, like its secrets.
    public TokenExchangeVerdict judge(Script script, TokenExchangeEvent event) {
        var id = ids.get();
        var created = clock.instant();
        var begin = System.nanoTime();
        var redactor = new Redactor(confidential(script, event.transaction()));
        var told =
                new ScriptRunner.Told(
                        TOKEN_EXCHANGE,
                        TOKEN_EXCHANGE_HANDLER,
                        EventJson.of(event),
                        cache.of(TOKEN_EXCHANGE),
                        Redirection.first(false));
        var results = new ArrayList<Result>();
        var effects = new ArrayList<TokenExchangeEffect>();
        var failures = new ArrayList<Failure>();
        inWorker(
                        worker -> {
                            var started = clock.instant();
                            var ran =
                                    runner.run(
                                            worker,
                                            script,
                                            told,
                                            redactor,
                                            budget,
                                            calls -> TokenExchangeEffects.read(calls, redactor));
                            results.add(
                                    new Result(
                                            Optional.of(script.actionId()),
                                            script.name(),
                                            started,
                                            clock.instant(),
                                            ran));
                            effects.addAll(ran.effects());
                            ran.failure().ifPresent(failures::add);
                            cache.edit(TOKEN_EXCHANGE, ran.cache(), clock.instant());
                        })
                .ifPresent(failures::add);
        var failure = failures.stream().findFirst();
        report(id, TOKEN_EXCHANGE, begin, failure, false);
        return new TokenExchangeVerdict(
                effects,
                failure,
                new Verdict.Execution(
                        id,
                        TOKEN_EXCHANGE,
                        ExecutionRecord.json(
                                id, TOKEN_EXCHANGE, created, clock.instant(), results, failure)));
    }

    /// Of a token also each part: a script that takes a JWT apart may trip over one of them.
    private static List<Secret> confidential(
            Script script, TokenExchangeEvent.Transaction transaction) {
        var tokens =
                Stream.concat(Stream.of(transaction.subject()), transaction.actor().stream())
                        .map(it -> it.token().reveal())
                        .flatMap(it -> Stream.concat(Stream.of(it), Stream.of(it.split("\\."))))
                        .filter(it -> !it.isEmpty())
                        .map(Secret::new);
        return Stream.concat(script.secrets().values().stream(), tokens).toList();
    }

    /// Ends the workers.
    @Override
    public void close() {
        workers.close();
    }

    /// One run.
    private final class Run {
        private final Redirection redirection;
        private final String id = ids.get();
        private final Instant created = clock.instant();
        private final long begin = System.nanoTime();
        private final List<Result> results = new ArrayList<>();
        private final List<Effect> effects = new ArrayList<>();
        private final List<CacheEdit> cacheEdits = new ArrayList<>();
        private Map<String, ActionCache.Entry> entries = cache.of(POST_LOGIN);
        private Event event;
        private Duration left = budget;
        private boolean isOver;
        private Optional<String> lastAction = Optional.empty();
        private Optional<Failure> failure = Optional.empty();

        private Run(Event event, Redirection redirection) {
            this.event = event;
            this.redirection = redirection;
        }

        /// @param handler of the first script; the others begin
        private Verdict all(List<PostLoginAction> inJava, List<Script> scripts, String handler) {
            for (var action : inJava)
                if (!isOver)
                    step(
                            Optional.empty(),
                            action.name(),
                            () -> javaActions.run(action, event, left));
            if (!isOver && !scripts.isEmpty())
                inWorker(worker -> in(worker, scripts, handler))
                        .ifPresent(it -> failure = Optional.of(it));
            if (failure.isEmpty()) cache.edit(POST_LOGIN, cacheEdits, clock.instant());
            return verdict();
        }

        /// What was asked for before the browser went elsewhere counts, but for that itself.
        private void recall(List<Effect> asked) {
            var kept = asked.stream().filter(it -> !(it instanceof Effect.Redirect)).toList();
            event = Progress.after(event, kept, Run::value).event();
            effects.addAll(kept);
        }

        private Verdict failed(String errorClass, String code, String message) {
            failure = Optional.of(outside(errorClass, code, message));
            return verdict();
        }

        private void in(Worker worker, List<Script> scripts, String handler) {
            var redactor =
                    new Redactor(
                            scripts.stream()
                                    .flatMap(it -> it.secrets().values().stream())
                                    .toList());
            var next = handler;
            for (var script : scripts) {
                if (isOver) return;
                var told =
                        new ScriptRunner.Told(
                                POST_LOGIN, next, EventJson.of(event), entries, redirection);
                step(
                        Optional.of(script.actionId()),
                        script.name(),
                        () -> runner.run(worker, script, told, redactor, left, Effects::read));
                next = HANDLER;
            }
        }

        private void step(Optional<String> actionId, String name, Supplier<Ran<Effect>> action) {
            var started = clock.instant();
            var start = System.nanoTime();
            var ran = left.isPositive() ? action.get() : Ran.<Effect>failed("", outOfTime(name));
            left = left.minusNanos(System.nanoTime() - start);
            lastAction = actionId;
            results.add(new Result(actionId, name, started, clock.instant(), ran));
            var progress = Progress.after(event, ran.effects(), Run::value);
            event = progress.event();
            effects.addAll(progress.effects());
            cacheEdits.addAll(ran.cache());
            entries = ActionCache.edited(entries, ran.cache(), clock.instant());
            failure = ran.failure();
            isOver = failure.isPresent() || progress.isOver();
        }

        private static Failure outOfTime(String name) {
            return new Failure(
                    "action_timeout",
                    Optional.of(name),
                    "action_timeout",
                    "the Actions before it took all the time",
                    "Error",
                    "");
        }

        /// A plain value of what a transaction's metadata may hold.
        private static Object value(String json) {
            var node = Json.MAPPER.readTree(json);
            if (node.isBoolean()) return node.booleanValue();
            return node.isNumber() ? node.numberValue() : node.asString();
        }

        private Verdict verdict() {
            report(id, POST_LOGIN, begin, failure, isOver);
            var document =
                    ExecutionRecord.json(
                            id, POST_LOGIN, created, clock.instant(), results, failure);
            return new Verdict(
                    failure.isPresent() ? List.of() : effects,
                    failure,
                    new Verdict.Execution(id, POST_LOGIN, document),
                    lastAction
                            .filter(
                                    _ ->
                                            effects.stream()
                                                    .anyMatch(Effect.Redirect.class::isInstance))
                            .map(it -> new Continuation(it, effects).text()));
        }
    }
}
