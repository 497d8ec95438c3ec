package segue.faults;

import segue.faults.Actor.Did;
import segue.faults.Thing.Kind;
import segue.faults.agent.Halts;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The server halts before the first statement of a flow, before the second, and so on until the
/// flow gets through; then after the last one, which is the commit. So every point of every flow is
/// met, and none is named. Nothing else goes on, so that the statements are the flow's.
///
/// @param first the number of the first statement, at least 1
/// @param step from one to the next; if it isn't 1, it takes as many passes to meet them all
record Failpoints(int first, int step) implements Scenario {
    private static final int FAR_TOO_MANY = 60;
    private static final int MOST_TRIES = 10;

    @Override
    public String label() {
        return "halted at each statement";
    }

    private enum Flow {
        ROTATION {
            @Override
            Did run(Actor actor, Held token, Held transfer) {
                return actor.refresh(token);
            }
        },
        EXCHANGE {
            @Override
            Did run(Actor actor, Held token, Held transfer) {
                return actor.exchange(token);
            }
        },
        REDEMPTION {
            @Override
            Did run(Actor actor, Held token, Held transfer) {
                return actor.redeem(transfer);
            }
        },
        CASCADE {
            @Override
            Did run(Actor actor, Held token, Held transfer) {
                return actor.revoke(token);
            }
        };

        abstract Did run(Actor actor, Held token, Held transfer);
    }

    @Override
    public List<String> options(Path folder) {
        return List.of("-D" + Halts.ORDER + "=" + order(folder));
    }

    private static Path order(Path folder) {
        return folder.resolve("halt");
    }

    @Override
    public Seen play(Stage stage, Load load) throws Exception {
        var halts = 0;
        var seen = new StringBuilder();
        for (var flow : Flow.values()) {
            var points = points(stage, load, flow);
            halts += points;
            seen.append(flow.name().toLowerCase(Locale.ROOT))
                    .append(' ')
                    .append(points)
                    .append(", ");
        }
        return new Seen(halts, "points: " + seen.substring(0, seen.length() - 2));
    }

    private int points(Stage stage, Load load, Flow flow) throws Exception {
        try (var run = new Run(stage, load, flow)) {
            var n = first;
            var halts = 0;
            while (run.halts("before " + n)) {
                n += step;
                halts++;
                if (n > FAR_TOO_MANY) throw new IllegalStateException("it halts without end");
            }
            if (halts == 0) throw new IllegalStateException("no statement was seen");
            // Housekeeping may have added one; after the flow's own last one nothing is halted.
            var last = n - 1;
            while (!run.halts("after " + last)) last--;
            return halts + 1;
        }
    }

    /// One flow, again and again, of an app whose login goes on for as long as the flow leaves it.
    private static final class Run implements AutoCloseable {
        private final Stage stage;
        private final Load load;
        private final Flow flow;
        private final Actor actor;
        private Optional<Held> token = Optional.empty();

        Run(Stage stage, Load load, Flow flow) {
            this.stage = stage;
            this.load = load;
            this.flow = flow;
            this.actor = load.actor();
        }

        /// With a session, so that there is something to cascade to; empty if a busy server put
        /// something off.
        private Optional<Held> signedIn() {
            var signedIn = actor.signIn(Tenant.USERS.getFirst());
            if (!signedIn.isDone()) return Optional.empty();
            var opened = actor.exchange(signedIn.made(Kind.REFRESH_TOKEN));
            if (!opened.isDone()) return Optional.empty();
            adopt(actor.redeem(opened.made(Kind.TRANSFER)));
            return Optional.of(opened.made(Kind.REFRESH_TOKEN));
        }

        /// What comes before the flow isn't what is tried here, so it may be put off.
        private Did exchanged() {
            for (var tries = 0; tries < MOST_TRIES; tries++) {
                var held = token.or(this::signedIn);
                var did = held.map(actor::exchange).filter(Did::isDone);
                if (did.isPresent()) return did.get();
                held.ifPresent(load::bury);
                token = Optional.empty();
            }
            throw new IllegalStateException("what comes before the flow doesn't succeed");
        }

        /// @return whether the server was halted
        boolean halts(String order) throws Exception {
            var waiting = exchanged();
            var refreshToken = waiting.made(Kind.REFRESH_TOKEN);
            var transfer = waiting.made(Kind.TRANSFER);
            Files.writeString(order(stage.folder()), order);
            var first = flow.run(actor, refreshToken, transfer);
            Files.delete(order(stage.folder()));
            var last = first;
            if (!first.isDone()) {
                if (stage.server().awaitEnd() != 137)
                    throw new IllegalStateException("it ended otherwise");
                stage.start();
                // Whoever had no answer tries again.
                last = flow.run(actor, refreshToken, transfer);
            }
            goOn(last, refreshToken, transfer);
            return !first.isDone();
        }

        private void goOn(Did did, Held refreshToken, Held transfer) {
            switch (flow) {
                case ROTATION, EXCHANGE -> {
                    load.bury(refreshToken);
                    load.adopt(transfer);
                    token =
                            did.isDone()
                                    ? Optional.of(did.made(Kind.REFRESH_TOKEN))
                                    : Optional.empty();
                    did.made().stream()
                            .filter(it -> it.thing().kind() == Kind.TRANSFER)
                            .forEach(load::adopt);
                }
                case REDEMPTION -> {
                    load.bury(transfer);
                    token = Optional.of(refreshToken);
                    adopt(did);
                }
                case CASCADE -> {
                    load.bury(refreshToken);
                    load.bury(transfer);
                    token = Optional.empty();
                }
            }
        }

        private void adopt(Did did) {
            did.made().forEach(load::adopt);
        }

        @Override
        public void close() {
            token.ifPresent(load::adopt);
            actor.close();
        }
    }
}
