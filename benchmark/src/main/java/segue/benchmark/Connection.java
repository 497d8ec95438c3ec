package segue.benchmark;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// One connection that is kept alive, and one request on it at a time. A general client would take
/// more processor time than the server that is measured.
public final class Connection implements AutoCloseable {
    private final Socket socket;
    private final String host;
    private final InputStream in;
    private final OutputStream out;

    /// Connects.
    ///
    /// @throws IOException if nobody listens
    public Connection(URI server) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), server.getPort());
        socket.setTcpNoDelay(true);
        // A server that stops answering ends the measurement.
        socket.setSoTimeout(30_000);
        host = server.getAuthority();
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /// What was answered.
    ///
    /// @param headers by their names in lower case; those of one name each on a line of its own
    public record Reply(int status, Map<String, String> headers, String body) {
        /// A header, empty if it isn't there.
        public String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    /// Sends a GET.
    ///
    /// @param target path and query
    /// @param cookie as it stands in the header field; none if it is empty
    public Reply get(String target, String cookie) throws IOException {
        return send("GET", target, cookie.isEmpty() ? "" : "Cookie: " + cookie + "\r\n", "");
    }

    /// Sends a form.
    ///
    /// @param form encoded
    public Reply post(String path, String form) throws IOException {
        return send(
                "POST",
                path,
                """
                Content-Type: application/x-www-form-urlencoded\r
                Content-Length: %d\r
                """
                        .formatted(form.length()),
                form);
    }

    /// Sends a request.
    ///
    /// @param fields of its header, each with its line's end
    public Reply send(String method, String target, String fields, String body) throws IOException {
        return exchange(
                "%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n%s"
                        .formatted(method, target, host, fields, body));
    }

    private Reply exchange(String request) throws IOException {
        out.write(request.getBytes(StandardCharsets.US_ASCII));
        var status = Integer.parseInt(line().split(" ", 3)[1]);
        var headers = new TreeMap<String, String>();
        for (var line = line(); !line.isEmpty(); line = line()) {
            var colon = line.indexOf(':');
            headers.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip(),
                    (before, next) -> before + "\n" + next);
        }
        var length = headers.get("content-length");
        if (length == null && status != 204)
            throw new IOException("a body of unknown length: " + headers);
        var body = in.readNBytes(length == null ? 0 : Integer.parseInt(length));
        return new Reply(status, headers, new String(body, StandardCharsets.UTF_8));
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        for (var read = in.read(); read != '\n'; read = in.read()) {
            if (read < 0) throw new EOFException("the server hung up");
            if (read != '\r') line.append((char) read);
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
