package segue.server.http;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.webclient.api.DnsAddressLookup;
import io.helidon.webclient.api.Proxy;
import io.helidon.webclient.http1.Http1Client;
import io.helidon.webclient.spi.DnsResolver;

import segue.domain.network.ClientAddress;
import segue.server.settings.Cidr;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The only way out: requests to addresses that clients registered. A name is resolved once, every
/// address that it has is looked at, and the connection goes to one of those, so that nobody makes
/// us talk to a neighbour (THREATS T-43). No redirects, no proxies, https only but for addresses
/// that the operator allows; what comes back is never read beyond its status. Its threads are its
/// own and so many, and a peer that doesn't answer is left alone for a while ([Breaker]).
public final class Outbound implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    /// From the first byte to the last: a peer that drips would otherwise never be too slow.
    private static final Duration DEADLINE = Duration.ofSeconds(5);

    /// How many requests are under way at most. One may go on beyond its deadline: the question to
    /// a name server can't be interrupted.
    static final int MOST = 64;

    private final List<Cidr> allowed;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore free = new Semaphore(MOST);
    private final Breaker breaker = new Breaker(System::nanoTime);

    /// @param allowed private addresses that may be reached all the same
    public Outbound(List<Cidr> allowed) {
        this.allowed = List.copyOf(allowed);
    }

    /// What became of a request.
    public sealed interface Outcome {
        /// There was an answer.
        record Answered(int status) implements Outcome {}

        /// There was none; nothing that the peer said is part of the reason.
        record Failed(String reason) implements Outcome {}
    }

    /// Posts a form.
    ///
    /// @param form percent-encoded
    public Outcome post(URI to, String form) {
        var peer = to.getHost() + ":" + to.getPort();
        if (breaker.isOpen(peer))
            return new Outcome.Failed("it didn't answer lately, and is left alone for a while");
        if (!free.tryAcquire()) return new Outcome.Failed("too many requests are under way");
        var answer = new FutureTask<>(() -> attempt(to, form));
        threads.execute(
                () -> {
                    try {
                        answer.run();
                    } finally {
                        free.release();
                    }
                });
        try {
            var outcome = answer.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            if (outcome instanceof Outcome.Answered) breaker.answered(peer);
            return outcome;
        } catch (TimeoutException e) {
            answer.cancel(true);
            breaker.wasSilent(peer);
            return new Outcome.Failed("no answer in time");
        } catch (ExecutionException e) {
            breaker.wasSilent(peer);
            return new Outcome.Failed(
                    e.getCause() instanceof UnknownHostException
                            ? "the host has no address"
                            : "the connection failed");
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            return new Outcome.Failed("interrupted");
        }
    }

    private Outcome attempt(URI to, String form) throws UnknownHostException {
        if (to.getHost() == null) return new Outcome.Failed("the URL names no host");
        var addresses = InetAddress.getAllByName(to.getHost());
        var mayBePlain = Arrays.stream(addresses).allMatch(this::isAllowed);
        if (!Arrays.stream(addresses).allMatch(it -> isAllowed(it) || isGlobal(it)))
            return new Outcome.Failed("the host has an address that may not be reached");
        var isPlain = "http".equals(to.getScheme()) && mayBePlain;
        return isPlain || "https".equals(to.getScheme())
                ? send(to, form, addresses[0])
                : new Outcome.Failed("the URL isn't https");
    }

    private boolean isAllowed(InetAddress address) {
        return allowed.stream().anyMatch(range -> range.contains(address));
    }

    private static boolean isGlobal(InetAddress address) {
        return ClientAddress.of(address.getAddress()).isGlobal();
    }

    private static Outcome send(URI to, String form, InetAddress address) {
        var client =
                Http1Client.builder()
                        .followRedirects(false)
                        .keepAlive(false)
                        .shareConnectionCache(false)
                        .proxy(Proxy.noProxy())
                        .connectTimeout(PATIENCE)
                        .readTimeout(PATIENCE)
                        .dnsResolver(pinned(address))
                        .build();
        try (var response =
                client.post()
                        .uri(to)
                        .contentType(MediaTypes.APPLICATION_FORM_URLENCODED)
                        .submit(form)) {
            return new Outcome.Answered(response.status().code());
        }
    }

    private static DnsResolver pinned(InetAddress address) {
        return (String _, DnsAddressLookup _) -> address;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
