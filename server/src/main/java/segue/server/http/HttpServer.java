package segue.server.http;

import io.helidon.common.concurrency.limits.FixedLimit;
import io.helidon.common.socket.SocketOptions;
import io.helidon.common.tls.Tls;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;

import segue.domain.network.ClientAddress;
import segue.storage.jdbc.StorageUnavailable;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

import javax.net.ssl.SSLContext;

/// The listening socket. It is bound first, so that a free port is known before anything is built
/// on it, and answers 503 until [#serve] is called. Every limit of THREATS R49.1 is checked here,
/// before a route is looked up.
public final class HttpServer implements AutoCloseable {
    private static final String MANAGEMENT = "/api/v2/";

    private final WebServer server;
    private final Listener listener;
    private final Forwarding forwarding;
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
        var http1 =
                Http1Config.builder()
                        .maxPrologueLength(limits.urlBytes() + 32)
                        .maxHeadersSize(limits.headerBytes())
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
                                Http1ConnectionSelector.builder().config(http1).build())
                        .connectionOptions(
                                SocketOptions.builder()
                                        .readTimeout(limits.idleTimeout())
                                        .tcpNoDelay(true)
                                        .build())
                        .idleConnectionTimeout(limits.idleTimeout())
                        .maxTcpConnections(limits.connections())
                        .concurrencyLimit(FixedLimit.builder().permits(limits.concurrent()).build())
                        .maxPayloadSize(limits.managementBodyBytes())
                        .shutdownGracePeriod(listener.drain())
                        .routing(HttpRouting.builder().any(this::answer));
        listener.tls().ifPresent(context -> config.tls(tls(context)));
        this.server = config.build().start();
    }

    private static Tls tls(SSLContext context) {
        return Tls.builder()
                .sslContext(context)
                .addEnabledProtocol("TLSv1.3")
                .addEnabledProtocol("TLSv1.2")
                .build();
    }

    /// The port that is really listened on.
    public int port() {
        return server.port();
    }

    /// From now on requests are answered by this.
    public void serve(Site what) {
        site.set(Optional.of(what));
    }

    /// Uses another certificate for new connections.
    public void reloadTls(SSLContext context) {
        server.reloadTls(tls(context));
    }

    /// Stops accepting, and waits for the requests under way for as long as the listener says.
    @Override
    public void close() {
        server.stop();
    }

    private void answer(ServerRequest from, ServerResponse to) {
        var current = site.get();
        if (current.isEmpty()) {
            send(to, Response.text(503, "Starting").withHeader("Retry-After", "1"), false, false);
            return;
        }
        var served = current.get();
        var id = served.requestIds().get();
        var start = System.nanoTime();
        var match = admit(from, served, id);
        Response response;
        try {
            response = match.endpoint().handle(match.request());
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
        send(to, response, served.isSecure(), match.request().method() == Method.HEAD);
        var took = Duration.ofNanos(System.nanoTime() - start);
        served.observer()
                .served(match.template(), match.request().method(), response.status(), took, id);
    }

    /// Checks every limit; a request that passes none of our routes' business gets an endpoint that
    /// says so.
    private Router.Match admit(ServerRequest from, Site served, String id) {
        var headers = headers(from);
        var method = method(from.prologue().method().text());
        var path = from.prologue().uriPath().rawPath();
        var peer = peer(from);
        var host = headers.first("Host").orElse("");
        var bare =
                new Request(
                        method.orElse(Method.GET),
                        path,
                        Map.of(),
                        Parameters.NONE,
                        headers,
                        new byte[0],
                        peer,
                        host,
                        id);
        if (method.isEmpty()) return refuse(bare, 501, "Not Implemented");
        if (from.headers().size() > listener.limits().headers())
            return refuse(bare, 431, "Too many header fields");
        if (headers.all("Host").size() != 1) return refuse(bare, 400, "Bad Request");
        if (!served.isOurHost().test(host) && !isOperational(path))
            return refuse(bare, 421, "Misdirected Request");
        var client = forwarding.client(peer, headers);
        if (client.isEmpty()) return refuse(bare, 400, "Bad Request");
        var query = Parameters.parse(from.prologue().query().rawValue());
        if (query.isEmpty()) return refuse(bare, 400, "Bad Request");
        if (query.get().size() > listener.limits().parameters())
            return refuse(bare, 400, "Too many parameters");
        if (path.length() > listener.limits().urlBytes()) return refuse(bare, 414, "URI Too Long");
        var body = body(from, path);
        if (body.isEmpty()) return refuse(bare, 413, "Content Too Large");
        return served.router()
                .match(
                        new Request(
                                bare.method(),
                                path,
                                Map.of(),
                                query.get(),
                                headers,
                                body.get(),
                                client.get(),
                                host,
                                id));
    }

    private static Router.Match refuse(Request request, int status, String text) {
        return new Router.Match(
                "refused",
                request,
                _ ->
                        Response.json(
                                        status,
                                        "{\"error\":\"invalid_request\",\"error_description\":\""
                                                + text
                                                + "\"}")
                                .withHeader("Connection", "close"));
    }

    private static boolean isOperational(String path) {
        return path.startsWith("/health/") || path.equals("/metrics");
    }

    private static Optional<Method> method(String name) {
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

    /// The whole body, or empty if it is larger than its path allows. The limit is checked while
    /// reading, whatever `Content-Length` claims.
    private Optional<byte[]> body(ServerRequest from, String path) {
        if (!from.content().hasEntity()) return Optional.of(new byte[0]);
        var limits = listener.limits();
        var most = path.startsWith(MANAGEMENT) ? limits.managementBodyBytes() : limits.bodyBytes();
        if (from.headers().contentLength().orElse(0) > most) return Optional.empty();
        try (var stream = from.content().inputStream()) {
            var bytes = stream.readNBytes(most + 1);
            return bytes.length > most ? Optional.empty() : Optional.of(bytes);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static void send(
            ServerResponse to, Response response, boolean isSecure, boolean withoutBody) {
        to.status(Status.create(response.status()));
        for (var header : defaults(response, isSecure))
            to.headers().add(HeaderNames.create(header.name()), header.value());
        for (var header : response.headers())
            to.headers().add(HeaderNames.create(header.name()), header.value());
        if (withoutBody || response.body().length == 0) to.send();
        else to.send(response.body());
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
