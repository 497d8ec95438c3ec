package segue.faults;

import segue.faults.Actor.Did;
import segue.faults.Thing.Kind;
import segue.faults.agent.AgentJar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// The server halts before the first statement of a flow, before the second, and so on until the
/// flow gets through; then after the last one, which is the commit. So every point of every flow is
/// met, and none is named. Nothing else goes on, so that the statements are the flow's.
record Failpoints() implements Scenario {
    private static final int FAR_TOO_MANY = 60;

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
    public List<String> options(Path folder) throws IOException {
        return List.of("-javaagent:" + AgentJar.in(folder) + "=" + order(folder));
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
        var n = 1;
        while (halts(stage, load, flow, "before " + n)) {
            n++;
            if (n > FAR_TOO_MANY) throw new IllegalStateException("it halts without end");
        }
        if (n == 1) throw new IllegalStateException("no statement was seen: the agent is blind");
        // Housekeeping may have added one; after the flow's own last one nothing is halted.
        var last = n - 1;
        while (!halts(stage, load, flow, "after " + last)) last--;
        return n;
    }

    /// @return whether the server was halted
    private boolean halts(Stage stage, Load load, Flow flow, String order) throws Exception {
        try (var actor = load.actor()) {
            var token = actor.signIn(Tenant.USERS.getFirst()).made(Kind.REFRESH_TOKEN);
            var opened = actor.exchange(token);
            var redeemed = actor.redeem(opened.made(Kind.TRANSFER));
            var waiting = actor.exchange(opened.made(Kind.REFRESH_TOKEN));
            token = waiting.made(Kind.REFRESH_TOKEN);
            var transfer = waiting.made(Kind.TRANSFER);

            Files.writeString(order(stage.folder()), order);
            var did = flow.run(actor, token, transfer);
            Files.delete(order(stage.folder()));
            if (did.isDone()) {
                load.bury(flow == Flow.REDEMPTION ? transfer : token);
                adopt(load, did.made());
            } else {
                if (stage.server().awaitEnd() != 137)
                    throw new IllegalStateException("it ended otherwise");
                stage.start();
                // Whoever had no answer tries again.
                adopt(load, flow.run(actor, token, transfer).made());
                load.adopt(token);
            }
            load.adopt(transfer);
            adopt(load, redeemed.made());
            return !did.isDone();
        }
    }

    private static void adopt(Load load, List<Held> made) {
        for (var held : made) if (held.thing().kind() != Kind.FAMILY) load.adopt(held);
    }
}
