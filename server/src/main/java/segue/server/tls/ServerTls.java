package segue.server.tls;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/// A context whose sockets speak TLS 1.2 and 1.3 only, with forward secrecy and authenticated
/// encryption, whatever the JDK's policy file says (THREATS T-52), and whose certificate can be
/// replaced. Both stand in the context and not in the web server's hands, because the web server
/// forgets its settings for blocking sockets, and can't reload a context that it was given.
public final class ServerTls extends SSLContext {
    private final Spi spi;

    private ServerTls(Spi spi, SSLContext like) {
        super(spi, like.getProvider(), like.getProtocol());
        this.spi = spi;
    }

    static ServerTls of(SSLContext context) {
        return new ServerTls(new Spi(context), context);
    }

    /// From now on new connections are shown the certificate of another one.
    public void take(ServerTls newer) {
        spi.context = newer.spi.context;
    }

    private static final class Spi extends SSLContextSpi {
        private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

        private static final Duration HANDSHAKE = Duration.ofSeconds(10);

        private volatile SSLContext context;

        Spi(SSLContext context) {
            this.context = context;
        }

        private static SSLParameters modern(SSLParameters parameters) {
            parameters.setProtocols(PROTOCOLS);
            parameters.setCipherSuites(
                    Arrays.stream(parameters.getCipherSuites())
                            .filter(Spi::isModern)
                            .toArray(String[]::new));
            parameters.setUseCipherSuitesOrder(true);
            return parameters;
        }

        private static boolean isModern(String suite) {
            var hasForwardSecrecy = suite.startsWith("TLS_ECDHE_") || !suite.contains("_WITH_");
            var isAuthenticated = suite.contains("_GCM_") || suite.contains("_CHACHA20_");
            return hasForwardSecrecy && isAuthenticated;
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return new Sockets(context.getSocketFactory());
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            var engine = context.createSSLEngine();
            engine.setSSLParameters(modern(engine.getSSLParameters()));
            return engine;
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            var engine = context.createSSLEngine(host, port);
            engine.setSSLParameters(modern(engine.getSSLParameters()));
            return engine;
        }

        @Override
        protected SSLParameters engineGetDefaultSSLParameters() {
            return modern(context.getDefaultSSLParameters());
        }

        @Override
        protected SSLParameters engineGetSupportedSSLParameters() {
            return modern(context.getSupportedSSLParameters());
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return context.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return context.getClientSessionContext();
        }

        /// Asked for and never used: plain sockets are accepted, and TLS is spoken over them.
        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return context.getServerSocketFactory();
        }

        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random) {
            throw new UnsupportedOperationException("it is made of a context that is ready");
        }
    }

    private static final class Sockets extends SSLSocketFactory {
        private final SSLSocketFactory sockets;

        Sockets(SSLSocketFactory sockets) {
            this.sockets = sockets;
        }

        /// A peer that doesn't shake hands, or drips, would hold its connection for ever (THREATS
        /// R51.3).
        private static void limitHandshake(SSLSocket tls, Socket accepted) {
            try {
                Thread.sleep(Spi.HANDSHAKE);
                var isDone =
                        tls.getApplicationProtocol() != null && tls.getHandshakeSession() == null;
                if (!isDone) accepted.close();
            } catch (InterruptedException | IOException e) {
                // It is gone already.
            }
        }

        private static SSLSocket modern(Socket socket) {
            if (!(socket instanceof SSLSocket tls))
                throw new IllegalStateException("a factory for TLS makes sockets of TLS");
            tls.setSSLParameters(Spi.modern(tls.getSSLParameters()));
            return tls;
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return sockets.getDefaultCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return sockets.getSupportedCipherSuites();
        }

        @Override
        public Socket createSocket(Socket accepted, InputStream consumed, boolean autoClose)
                throws IOException {
            var tls = modern(sockets.createSocket(accepted, consumed, autoClose));
            Thread.startVirtualThread(() -> limitHandshake(tls, accepted));
            return tls;
        }

        @Override
        public Socket createSocket(Socket plain, String host, int port, boolean autoClose)
                throws IOException {
            return modern(sockets.createSocket(plain, host, port, autoClose));
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return modern(sockets.createSocket(host, port));
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort)
                throws IOException {
            return modern(sockets.createSocket(host, port, local, localPort));
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return modern(sockets.createSocket(host, port));
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
                throws IOException {
            return modern(sockets.createSocket(host, port, local, localPort));
        }
    }
}
