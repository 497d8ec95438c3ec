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
final class Connection implements AutoCloseable {
    private final Socket socket;
    private final String host;
    private final InputStream in;
    private final OutputStream out;

    Connection(URI server) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), server.getPort());
        socket.setTcpNoDelay(true);
        // A server that stops answering ends the measurement.
        socket.setSoTimeout(30_000);
        host = server.getAuthority();
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /// @param headers the last one of a name, in lower case
    record Reply(int status, Map<String, String> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    /// Sends a GET.
    ///
    /// @param target path and query
    /// @param cookie as it stands in the header field; none if it is empty
    Reply get(String target, String cookie) throws IOException {
        var field = cookie.isEmpty() ? "" : "Cookie: " + cookie + "\r\n";
        return exchange("GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n".formatted(target, host, field));
    }

    /// Sends a form.
    ///
    /// @param form encoded
    Reply post(String path, String form) throws IOException {
        return exchange(
                """
                POST %s HTTP/1.1\r
                Host: %s\r
                Content-Type: application/x-www-form-urlencoded\r
                Content-Length: %d\r
                \r
                %s\
                """
                        .formatted(path, host, form.length(), form));
    }

    private Reply exchange(String request) throws IOException {
        out.write(request.getBytes(StandardCharsets.US_ASCII));
        var status = Integer.parseInt(line().split(" ", 3)[1]);
        var headers = new TreeMap<String, String>();
        for (var line = line(); !line.isEmpty(); line = line()) {
            var colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        var length = headers.get("content-length");
        if (length == null) throw new IOException("a body of unknown length: " + headers);
        var body = in.readNBytes(Integer.parseInt(length));
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
