package segue.acceptance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/// A reverse proxy of a few lines: says who asked as proxies do, beside whatever the other side has
/// said already, and speaks from an address of its own.
final class Proxy implements AutoCloseable {
    /// How it says it.
    enum Way {
        /// Behind what is in `X-Forwarded-For` already, as nginx does.
        LISTED {
            @Override
            void say(String who, List<String> lines) {
                append("X-Forwarded-For", who, lines);
            }
        },
        /// In a line of its own, as haproxy does.
        LISTED_APART {
            @Override
            void say(String who, List<String> lines) {
                lines.add("X-Forwarded-For: " + who);
            }
        },
        /// RFC 7239.
        FORWARDED {
            @Override
            void say(String who, List<String> lines) {
                append("Forwarded", "for=\"" + who + "\"", lines);
            }
        };

        abstract void say(String who, List<String> lines);

        private static void append(String name, String what, List<String> lines) {
            for (var i = lines.size() - 1; i >= 0; i--)
                if (lines.get(i)
                        .toLowerCase(Locale.ROOT)
                        .startsWith(name.toLowerCase(Locale.ROOT) + ":")) {
                    lines.set(i, lines.get(i) + ", " + what);
                    return;
                }
            lines.add(name + ": " + what);
        }
    }

    private final ServerSocket listening;
    private final InetAddress from;
    private final InetSocketAddress server;
    private final Way way;
    private volatile UnaryOperator<String> naming = UnaryOperator.identity();

    /// @param here where it listens and speaks from
    Proxy(String here, InetSocketAddress server, Way way) throws IOException {
        this.from = InetAddress.ofLiteral(here);
        this.server = server;
        this.way = way;
        this.listening = new ServerSocket();
        listening.bind(new InetSocketAddress(from, 0));
        Thread.ofVirtual().start(this::accept);
    }

    /// Speaks to it.
    Peer peer(String from, String host) {
        return new Peer(
                InetAddress.ofLiteral(from),
                new InetSocketAddress(this.from, listening.getLocalPort()),
                host);
    }

    /// From now on it calls everybody this.
    void says(String who) {
        naming = _ -> who;
    }

    /// From now on it tells the truth.
    void saysTheTruth() {
        naming = UnaryOperator.identity();
    }

    private void accept() {
        try {
            while (true) {
                var browser = listening.accept();
                Thread.ofVirtual().start(() -> pass(browser));
            }
        } catch (SocketException closed) {
            // The end of the story.
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void pass(Socket browser) {
        try (browser;
                var upstream = new Socket()) {
            upstream.bind(new InetSocketAddress(from, 0));
            upstream.connect(server);
            var head = head(browser);
            var lines = new ArrayList<>(List.of(head.split("\r\n")));
            way.say(naming.apply(literal(browser.getInetAddress())), lines);
            var out = upstream.getOutputStream();
            var text = String.join("\r\n", lines) + "\r\n\r\n";
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.write(browser.getInputStream().readNBytes(length(lines)));
            upstream.getInputStream().transferTo(browser.getOutputStream());
        } catch (IOException gone) {
            // Whoever waits for an answer sees the connection end.
        }
    }

    private static String literal(InetAddress address) {
        var text = address.getHostAddress().replaceFirst("%.*", "");
        return address.getAddress().length == 4 ? text : "[" + text + "]";
    }

    private static String head(Socket browser) throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.UTF_8).endsWith("\r\n\r\n")) {
            var next = browser.getInputStream().read();
            if (next < 0) throw new IOException("no whole head");
            head.write(next);
        }
        return head.toString(StandardCharsets.UTF_8);
    }

    private static int length(List<String> lines) {
        return lines.stream()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
                .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
                .findFirst()
                .orElse(0);
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
