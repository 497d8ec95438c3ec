package segue.server.http;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.webclient.api.DnsAddressLookup;
import io.helidon.webclient.api.Proxy;
import io.helidon.webclient.http1.Http1Client;
import io.helidon.webclient.spi.DnsResolver;

import segue.domain.network.ClientAddress;
import segue.server.settings.Cidr;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/// The only way out: requests to addresses that clients registered. A name is resolved once, every
/// address that it has is looked at, and the connection goes to one of those, so that nobody makes
/// us talk to a neighbour (THREATS T-43). No redirects, no proxies, https only but for addresses
/// that the operator allows. What comes back is read by nobody but the Action that asked for it.
/// Its threads are its own and so many, and a peer that doesn't answer is left alone for a while
/// ([Breaker]).
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

    /// A request of an Action.
    ///
    /// @param method an HTTP method
    /// @param headers by name
    public record Message(
            String method, URI to, Map<String, String> headers, Optional<String> body) {}

    /// What became of a request of an Action.
    public sealed interface Reply {
        /// @param headers by their names in lower case
        record Received(int status, SortedMap<String, String> headers, byte[] body)
                implements Reply {}

        /// There was no answer, or one that can't be used.
        record Failed(String reason) implements Reply {}
    }

    /// Posts a form.
    ///
    /// @param form percent-encoded
    public Outcome post(URI to, String form) {
        return within(
                to,
                DEADLINE,
                () ->
                        reached(
                                to,
                                address -> postForm(to, form, client(address, PATIENCE)),
                                Outcome.Failed::new),
                Outcome.Answered.class,
                Outcome.Failed::new);
    }

    /// Sends what an Action wants to be sent.
    ///
    /// @param deadline from the first byte to the last
    /// @param mostBytes of the answer's body
    public Reply send(Message message, Duration deadline, int mostBytes) {
        return within(
                message.to(),
                deadline,
                () ->
                        reached(
                                message.to(),
                                address -> converse(message, client(address, deadline), mostBytes),
                                Reply.Failed::new),
                Reply.Received.class,
                Reply.Failed::new);
    }

    private <T> T within(
            URI to,
            Duration deadline,
            Callable<T> work,
            Class<? extends T> answered,
            Function<String, T> failed) {
        var peer = to.getHost() + ":" + to.getPort();
        if (breaker.isOpen(peer))
            return failed.apply("it didn't answer lately, and is left alone for a while");
        if (!free.tryAcquire()) return failed.apply("too many requests are under way");
        Admission.leave();
        var answer = new FutureTask<>(work);
        threads.execute(
                () -> {
                    try {
                        answer.run();
                    } finally {
                        free.release();
                    }
                });
        try {
            var outcome = answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            if (answered.isInstance(outcome)) breaker.answered(peer);
            return outcome;
        } catch (TimeoutException e) {
            answer.cancel(true);
            breaker.wasSilent(peer);
            return failed.apply("no answer in time");
        } catch (ExecutionException e) {
            breaker.wasSilent(peer);
            return failed.apply(
                    e.getCause() instanceof UnknownHostException
                            ? "the host has no address"
                            : "the connection failed");
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            return failed.apply("interrupted");
        }
    }

    /// Talks to an address that may be reached.
    private <T> T reached(URI to, Function<InetAddress, T> conversation, Function<String, T> failed)
            throws UnknownHostException {
        if (to.getHost() == null) return failed.apply("the URL names no host");
        var addresses = InetAddress.getAllByName(to.getHost());
        var mayBePlain = Arrays.stream(addresses).allMatch(this::isAllowed);
        if (!Arrays.stream(addresses).allMatch(it -> isAllowed(it) || isGlobal(it)))
            return failed.apply("the host has an address that may not be reached");
        var isPlain = "http".equals(to.getScheme()) && mayBePlain;
        return isPlain || "https".equals(to.getScheme())
                ? conversation.apply(addresses[0])
                : failed.apply("the URL isn't https");
    }

    private boolean isAllowed(InetAddress address) {
        return allowed.stream().anyMatch(range -> range.contains(address));
    }

    private static boolean isGlobal(InetAddress address) {
        return ClientAddress.of(address.getAddress()).isGlobal();
    }

    private static Http1Client client(InetAddress address, Duration readTimeout) {
        return Http1Client.builder()
                .followRedirects(false)
                .keepAlive(false)
                .shareConnectionCache(false)
                .proxy(Proxy.noProxy())
                .connectTimeout(PATIENCE)
                .readTimeout(readTimeout)
                .dnsResolver(pinned(address))
                .build();
    }

    private static Outcome postForm(URI to, String form, Http1Client client) {
        try (var response =
                client.post()
                        .uri(to)
                        .contentType(MediaTypes.APPLICATION_FORM_URLENCODED)
                        .submit(form)) {
            return new Outcome.Answered(response.status().code());
        }
    }

    private static Reply converse(Message message, Http1Client client, int mostBytes) {
        var request = client.method(Method.create(message.method())).uri(message.to());
        message.headers()
                .forEach((name, value) -> request.header(HeaderValues.create(name, value)));
        var body = message.body().map(it -> it.getBytes(StandardCharsets.UTF_8));
        try (var response = body.isPresent() ? request.submit(body.get()) : request.request()) {
            var headers = new TreeMap<String, String>();
            response.headers()
                    .forEach(
                            it ->
                                    headers.put(
                                            it.name().toLowerCase(Locale.ROOT),
                                            String.join(", ", it.allValues())));
            var bytes = response.inputStream().readNBytes(mostBytes + 1);
            return bytes.length > mostBytes
                    ? new Reply.Failed("the answer is too large")
                    : new Reply.Received(response.status().code(), headers, bytes);
        } catch (IOException e) {
            return new Reply.Failed("the connection failed");
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
