package segue.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// HTTP written by hand, from one address of this machine to another, with header lines as no
/// library sends them.
///
/// @param from the address to speak from
/// @param to who listens
/// @param host what is asked for
record Peer(InetAddress from, InetSocketAddress to, String host) {
    private static final int PATIENCE_MILLIS = 20_000;

    /// What came back.
    ///
    /// @param location where a redirect leads
    record Reply(int status, Optional<String> location, String body) {
        static Reply of(String text) {
            var end = text.indexOf("\r\n\r\n");
            var head = text.substring(0, Math.max(end, 0)).split("\r\n");
            var location =
                    List.of(head).stream()
                            .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("location:"))
                            .map(line -> line.substring(line.indexOf(':') + 1).strip())
                            .findFirst();
            return new Reply(
                    Integer.parseInt(head[0].split(" ", 3)[1]), location, text.substring(end + 4));
        }
    }

    Peer at(String address) {
        return new Peer(InetAddress.ofLiteral(address), to, host);
    }

    Reply get(String target, List<String> lines) {
        return send("GET " + target, lines, "");
    }

    Reply post(String target, String form, List<String> lines) {
        return send("POST " + target, lines, form);
    }

    private Reply send(String request, List<String> lines, String form) {
        var text = new StringBuilder(request + " HTTP/1.1\r\nHost: " + host + "\r\n");
        lines.forEach(line -> text.append(line).append("\r\n"));
        if (!form.isEmpty())
            text.append("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ")
                    .append(form.length())
                    .append("\r\n");
        text.append("Connection: close\r\n\r\n").append(form);
        try (var socket = new Socket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.bind(new InetSocketAddress(from, 0));
            socket.connect(to, PATIENCE_MILLIS);
            socket.getOutputStream().write(text.toString().getBytes(StandardCharsets.UTF_8));
            var answer = socket.getInputStream().readAllBytes();
            return Reply.of(new String(answer, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
