package segue.server.http;

import segue.server.settings.Cidr;
import segue.server.settings.Settings;
import segue.server.tls.ServerTls;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Where and how to listen.
///
/// @param port 0 is any free one
/// @param tls empty for plain HTTP
/// @param drain how long requests under way may take after [HttpServer#close] was called
public record Listener(
        String host,
        int port,
        Optional<ServerTls> tls,
        Settings.Requests limits,
        List<Cidr> trustedProxies,
        Duration drain) {}
