package segue.server.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;

import segue.server.settings.Settings;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;

/// Puts a [Gate] before every connection, and tells Helidon's housekeeping by the gate when to
/// close it. There is no other protocol than HTTP/1.1 (THREATS R51.1).
final class Guard implements ServerConnectionSelector {
    private static final Duration FOREVER = Duration.ofDays(1);

    private final Http1ConnectionSelector http1;
    private final Settings.Requests limits;
    private final Function<String, Optional<byte[]>> refusals;
    private final LateAnswers lateAnswers;

    /// @param refusals the answer to a request for a path, in the bytes of HTTP, if there is no
    ///   room for it now
    /// @param lateAnswers where connections wait whose clients asked again too early
    Guard(
            Http1ConnectionSelector http1,
            Settings.Requests limits,
            Function<String, Optional<byte[]>> refusals,
            LateAnswers lateAnswers) {
        this.http1 = http1;
        this.limits = limits;
        this.refusals = refusals;
        this.lateAnswers = lateAnswers;
    }

    @Override
    public int bytesToIdentifyConnection() {
        return 0;
    }

    @Override
    public Support supports(BufferData data) {
        return Support.SUPPORTED;
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return http1.supportedApplicationProtocols();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        var reader = context.dataReader();
        var gate = new Gate(() -> pull(reader), limits, doorkeeper(context.dataWriter()));
        return new Guarded(http1.connection(new Behind(context, DataReader.create(gate))), gate);
    }

    private Gate.Doorkeeper doorkeeper(DataWriter writer) {
        return new Gate.Doorkeeper() {
            // System.nanoTime() until which the client was asked to wait.
            private long until = System.nanoTime();

            @Override
            public Optional<byte[]> refusal(String path) {
                return refusals.apply(path);
            }

            @Override
            public void send(byte[] answer) {
                lateAnswers.await(LateAnswers.mostFor(until, System.nanoTime()));
                until = System.nanoTime() + Lane.RETRY_AFTER.toNanos();
                writer.writeNow(BufferData.create(answer));
            }
        };
    }

    private static byte[] pull(DataReader reader) {
        reader.ensureAvailable();
        return reader.readBytes(reader.available());
    }

    private record Guarded(ServerConnection connection, Gate gate) implements ServerConnection {
        @Override
        public void handle(Limit limit) throws InterruptedException {
            connection.handle(limit);
        }

        @Override
        public Duration idleTime() {
            return gate.isOverdue() ? FOREVER : Duration.ZERO;
        }

        /// Without `interrupt` a request under way is finished: Helidon's own way might interrupt
        /// one that has just begun.
        @Override
        public void close(boolean interrupt) {
            if (interrupt || gate.isOverdue() || gate.stop()) connection.close(true);
        }
    }

    /// The connection as Helidon's parser sees it.
    private record Behind(ConnectionContext context, DataReader dataReader)
            implements ConnectionContext {
        @Override
        public ListenerContext listenerContext() {
            return context.listenerContext();
        }

        @Override
        public ExecutorService executor() {
            return context.executor();
        }

        @Override
        public DataWriter dataWriter() {
            return context.dataWriter();
        }

        @Override
        public Router router() {
            return context.router();
        }

        @Override
        public HelidonSocket serverSocket() {
            return context.serverSocket();
        }

        @Override
        public PeerInfo remotePeer() {
            return context.remotePeer();
        }

        @Override
        public PeerInfo localPeer() {
            return context.localPeer();
        }

        @Override
        public boolean isSecure() {
            return context.isSecure();
        }

        @Override
        public String socketId() {
            return context.socketId();
        }

        @Override
        public String childSocketId() {
            return context.childSocketId();
        }
    }
}
