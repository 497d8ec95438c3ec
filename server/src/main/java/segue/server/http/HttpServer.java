package segue.server.http;

import io.helidon.common.socket.SocketOptions;
import io.helidon.common.tls.Tls;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;

import segue.domain.network.ClientAddress;
import segue.server.tls.ServerTls;
import segue.storage.jdbc.StorageUnavailable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/// The listening socket. It is bound first, so that a free port is known before anything is built
/// on it, and answers 503 until [#serve] is called. Every limit of THREATS R49.1 is checked here,
/// before a route is looked up.
public final class HttpServer implements AutoCloseable {
    private static final String MANAGEMENT = "/api/v2/";
    private static final String ALLOWED =
            Arrays.stream(Method.values()).map(Method::name).collect(Collectors.joining(", "));
    private static final long MOST_IGNORED = 1024 * 1024;

    /// Behind a proxy everybody's requests come on a few connections, and on more of them while
    /// some wait.
    private static final int CONNECTIONS_FOR_ONE_LATE = 2;

    /// So that, at up to 90 µs each (docs/overload.md), they cost a fortieth of the processors at
    /// most.
    private static final Duration LATE_ANSWERS_APART =
            Duration.ofNanos(4_000_000 / Runtime.getRuntime().availableProcessors());

    private final WebServer server;
    private final Listener listener;
    private final Forwarding forwarding;
    private final AtomicBoolean draining = new AtomicBoolean();
    private final Admission admission;
    private final LateAnswers lateAnswers;
    // In the bytes of HTTP, made once: there may be very many.
    private final Map<Lane, byte[]> refusals = new ConcurrentHashMap<>();
    private final AtomicReference<Optional<Site>> site = new AtomicReference<>(Optional.empty());

    /// Binds.
    ///
    /// @throws IllegalStateException if the address is taken or not ours
    public static HttpServer bind(Listener listener) {
        return new HttpServer(listener);
    }

    private HttpServer(Listener listener) {
        this.listener = listener;
        this.forwarding = new Forwarding(listener.trustedProxies());
        var limits = listener.limits();
        this.admission = new Admission(limits.concurrent());
        this.lateAnswers =
                new LateAnswers(
                        limits.connections() / CONNECTIONS_FOR_ONE_LATE, LATE_ANSWERS_APART);
        var http1 =
                Http1Config.builder()
                        // The guard has its own, smaller ones.
                        .maxPrologueLength(limits.urlBytes() + 1024)
                        .maxHeadersSize(limits.headerBytes() + 1024)
                        .validatePrologue(true)
                        .validatePath(true)
                        .build();
        var config =
                WebServer.builder()
                        .host(listener.host())
                        .port(listener.port())
                        .shutdownHook(false)
                        .protocolsDiscoverServices(false)
                        .addConnectionSelector(
                                new Guard(
                                        Http1ConnectionSelector.builder().config(http1).build(),
                                        limits,
                                        this::refusal,
                                        lateAnswers))
                        // The other way asks the DNS for the name of a peer that speaks TLS
                        // (R30.3).
                        .useNio(false)
                        .connectionOptions(
                                SocketOptions.builder()
                                        .readTimeout(limits.idleTimeout())
                                        .tcpNoDelay(true)
                                        .build())
                        // The guard knows when a connection is overdue; this is how often it is
                        // asked.
                        .idleConnectionPeriod(Duration.ofSeconds(1))
                        .maxTcpConnections(limits.connections())
                        .maxPayloadSize(limits.managementBodyBytes())
                        .shutdownGracePeriod(listener.drain())
                        .routing(HttpRouting.builder().any(this::answer));
        listener.tls().ifPresent(context -> config.tls(Tls.builder().sslContext(context).build()));
        this.server = config.build().start();
        // Helidon logs that it can't listen, and returns.
        if (!server.isRunning())
            throw new IllegalStateException(
                    "can't listen on %s:%d: the port is taken, or the address is not this machine's"
                            .formatted(listener.host(), listener.port()));
    }

    /// The port that is really listened on.
    public int port() {
        return server.port();
    }

    /// Who is let in.
    public Admission admission() {
        return admission;
    }

    /// How many connections wait now for their next refusal, since they didn't wait to ask.
    public int answeredLate() {
        return lateAnswers.waiting();
    }

    /// From now on requests are answered by this.
    public void serve(Site what) {
        for (var lane : Lane.values()) refusals.put(lane, encoded(lane.refusal(), what.isSecure()));
        site.set(Optional.of(what));
    }

    /// Uses another certificate for new connections.
    public void reloadTls(ServerTls newer) {
        listener.tls().ifPresent(serving -> serving.take(newer));
    }

    /// From now on every answer is the last one on its connection: whoever comes back finds another
    /// node.
    public void drain() {
        draining.set(true);
    }

    /// Stops accepting, and waits for the requests under way for as long as the listener says.
    @Override
    public void close() {
        lateAnswers.close();
        server.stop();
    }

    /// What a request for a path is told at the door, if there is no room for it now.
    private Optional<byte[]> refusal(String path) {
        var lane = Lane.of(path);
        return site.get().isPresent() && admission.refuses(lane)
                ? Optional.ofNullable(refusals.get(lane))
                : Optional.empty();
    }

    private void answer(ServerRequest from, ServerResponse to) {
        var current = site.get();
        if (current.isEmpty()) {
            send(to, starting(from.prologue().uriPath().rawPath()), false, false);
            return;
        }
        var served = current.get();
        served.observer().answering(() -> answer(from, to, served));
    }

    private void answer(ServerRequest from, ServerResponse to, Site served) {
        var id = served.requestIds().get();
        var start = System.nanoTime();
        var match = unreadable(from, id);
        Response response;
        try {
            var found = admit(from, served, id);
            match = found;
            var lane = Lane.of(found.request().path());
            response =
                    admission
                            .within(
                                    lane,
                                    found.template(),
                                    () -> found.endpoint().handle(found.request()))
                            .orElseGet(lane::refusal);
        } catch (StorageUnavailable e) {
            response =
                    Response.json(
                                    503,
                                    "{\"error\":\"temporarily_unavailable\",\"error_description\":\"Try"
                                        + " again.\"}")
                            .withHeader("Retry-After", "1");
        } catch (RuntimeException | StackOverflowError e) {
            served.observer().failed(id, e);
            response =
                    Response.json(
                            500,
                            "{\"error\":\"server_error\",\"error_description\":\"Internal error."
                                    + " Correlation id: "
                                    + id
                                    + "\"}");
        }
        var method = match.request().method();
        var took = Duration.ofNanos(System.nanoTime() - start);
        var isLast =
                draining.get()
                        || isLast(response)
                        || from.headers().containsToken(HeaderValues.CONNECTION_CLOSE);
        if (isLast) to.headers().set(HeaderValues.CONNECTION_CLOSE);
        send(to, response, served.isSecure(), method == Method.HEAD);
        served.observer()
                .served(
                        new Site.Answered(
                                match.template(),
                                method,
                                response.status(),
                                took,
                                method == Method.HEAD ? 0 : response.body().length,
                                id,
                                match.request().headers().first("traceparent")));
        // Helidon writes the header but reads on: what is left would be taken for a request.
        if (isLast) throw new CloseConnectionException("said so");
    }

    /// THREATS R50.2: whoever sent something broken may have sent more of it.
    private static boolean isLast(Response response) {
        return response.status() == 400 || response.header("Connection").isPresent();
    }

    /// Alive, but not yet of use (contract operator §3).
    private static Response starting(String path) {
        if (path.equals("/health/live")) return Response.json(200, "{\"status\":\"UP\"}");
        return Response.json(503, "{\"status\":\"DOWN\"}").withHeader("Retry-After", "1");
    }

    private Router.Match unreadable(ServerRequest from, String id) {
        var request =
                new Request(
                        method(from).orElse(Method.GET),
                        from.prologue().uriPath().rawPath(),
                        Map.of(),
                        Parameters.NONE,
                        headers(from),
                        new byte[0],
                        peer(from),
                        from.headers().get(HeaderNames.HOST).get(),
                        id);
        return refuse(request, 400, "Bad Request");
    }

    /// Checks every limit that the guard of the connection hasn't; a request that is none of our
    /// routes' business gets an endpoint that says so.
    private Router.Match admit(ServerRequest from, Site served, String id) {
        var refused = unreadable(from, id);
        var bare = refused.request();
        if (method(from).isEmpty()) return refuse(bare, 405, "Method Not Allowed");
        if (!served.isOurHost().test(bare.host()) && !isOperational(bare.path()))
            return refuse(bare, 421, "Misdirected Request");
        var origin = forwarding.origin(bare.client(), bare.headers());
        if (origin.isEmpty()) return refused;
        // Not redirected: what was sent in the clear has been read by others (THREATS T-52).
        if (origin.get().isPlain() && served.isSecure() && !isOperational(bare.path()))
            return refuse(bare, 400, "https is required");
        var query = Parameters.parse(from.prologue().query().rawValue());
        if (query.isEmpty()) return refused;
        if (query.get().size() > listener.limits().parameters())
            return refuse(bare, 400, "Too many parameters");
        return switch (body(from, bare.path())) {
            case Body.TooLarge _ -> refuse(bare, 413, "Content Too Large");
            case Body.Broken _ -> refused;
            case Body.Whole(var bytes) ->
                    served.router()
                            .match(
                                    new Request(
                                            bare.method(),
                                            bare.path(),
                                            Map.of(),
                                            query.get(),
                                            bare.headers(),
                                            bytes,
                                            origin.get().client(),
                                            bare.host(),
                                            id));
        };
    }

    private static Router.Match refuse(Request request, int status, String text) {
        return new Router.Match(
                "refused",
                request,
                _ ->
                        Response.invalidRequest(status, text)
                                .withHeader("Connection", "close")
                                // RFC 9110 §15.5.6 wants it beside a 405; it does no harm
                                // elsewhere.
                                .withHeader("Allow", ALLOWED));
    }

    private static boolean isOperational(String path) {
        return path.startsWith("/health/") || path.equals("/metrics");
    }

    private static Optional<Method> method(ServerRequest from) {
        var name = from.prologue().method().text();
        for (var method : Method.values())
            if (method.name().equals(name)) return Optional.of(method);
        return Optional.empty();
    }

    private static Headers headers(ServerRequest from) {
        var fields = new ArrayList<Header>();
        for (var field : from.headers())
            for (var value : field.allValues()) fields.add(new Header(field.name(), value));
        return new Headers(fields);
    }

    private static ClientAddress peer(ServerRequest from) {
        if (from.remotePeer().address() instanceof InetSocketAddress socket)
            return ClientAddress.of(socket.getAddress().getAddress());
        throw new IllegalStateException("a peer without an IP address");
    }

    private sealed interface Body {
        record Whole(byte[] bytes) implements Body {}

        record TooLarge() implements Body {}

        /// It ended too early, came too slowly, or isn't well-formed.
        record Broken() implements Body {}
    }

    /// The limit is checked while reading, whatever `Content-Length` claims.
    private Body body(ServerRequest from, String path) {
        if (!from.content().hasEntity()) return new Body.Whole(new byte[0]);
        var limits = listener.limits();
        var most = path.startsWith(MANAGEMENT) ? limits.managementBodyBytes() : limits.bodyBytes();
        var announced = from.headers().contentLength().orElse(0);
        if (announced > most && from.headers().containsToken(HeaderValues.EXPECT_100))
            return new Body.TooLarge();
        try (var stream = from.content().inputStream()) {
            var bytes = stream.readNBytes(most + 1);
            if (bytes.length <= most) return new Body.Whole(bytes);
            // Closed while it is still sending, the other side would not read our answer.
            stream.skip(MOST_IGNORED);
            return new Body.TooLarge();
        } catch (RequestException e) {
            var isTooLarge = e.status().equals(Status.REQUEST_ENTITY_TOO_LARGE_413);
            return isTooLarge ? new Body.TooLarge() : new Body.Broken();
        } catch (RuntimeException | IOException e) {
            return new Body.Broken();
        }
    }

    private static void send(
            ServerResponse to, Response response, boolean isSecure, boolean withoutBody) {
        to.status(Status.create(response.status()));
        for (var header : defaults(response, isSecure))
            to.headers().add(HeaderNames.create(header.name()), header.value());
        for (var header : response.headers())
            if (!header.name().equals("Connection"))
                to.headers().add(HeaderNames.create(header.name()), header.value());
        if (withoutBody || response.body().length == 0) to.send();
        else to.send(response.body());
    }

    /// As Helidon would send it.
    private static byte[] encoded(Response response, boolean isSecure) {
        var head = new StringBuilder("HTTP/1.1 ");
        head.append(Status.create(response.status())).append("\r\n");
        var fields = new ArrayList<>(defaults(response, isSecure));
        fields.addAll(response.headers());
        fields.add(new Header("Content-Length", Integer.toString(response.body().length)));
        for (var field : fields)
            head.append(field.name()).append(": ").append(field.value()).append("\r\n");
        var whole = new ByteArrayOutputStream();
        whole.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
        whole.writeBytes(response.body());
        return whole.toByteArray();
    }

    /// What every answer carries unless it says otherwise (THREATS R4.3, R28.1, T-52).
    private static List<Header> defaults(Response response, boolean isSecure) {
        var defaults = new ArrayList<Header>();
        defaults.add(new Header("Cache-Control", "no-store"));
        defaults.add(new Header("Referrer-Policy", "no-referrer"));
        defaults.add(new Header("X-Content-Type-Options", "nosniff"));
        if (isSecure) defaults.add(new Header("Strict-Transport-Security", "max-age=31536000"));
        defaults.removeIf(header -> response.header(header.name()).isPresent());
        return defaults;
    }
}
