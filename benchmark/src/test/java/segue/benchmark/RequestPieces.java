package segue.benchmark;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

import segue.domain.network.ClientAddress;
import segue.server.http.AddressParser;
import segue.server.http.Method;
import segue.server.http.Parameters;
import segue.server.http.Request;

import java.util.Optional;

/// What it costs to read the parts of a request.
@State(Scope.Thread)
public class RequestPieces {
    private final Request navigation =
            Request.get("/authorize")
                    .withHeader("Host", "id.example.com")
                    .withHeader("User-Agent", "Mozilla/5.0")
                    .withHeader("Accept", "text/html")
                    .withHeader("Accept-Language", "en")
                    .withHeader("Sec-Fetch-Dest", "document")
                    .withHeader(
                            "Cookie",
                            "theme=dark; __Host-segue_session=s_"
                                    + "x".repeat(43)
                                    + "; __Host-segue_tx=ic_"
                                    + "y".repeat(43));
    private final Request refresh =
            Request.to(Method.POST, "/oauth/token")
                    .withBody(
                            "application/x-www-form-urlencoded",
                            "grant_type=refresh_token&client_id=7c33c6c004bbafe825f7c8ec7c33c6c0"
                                    + "&refresh_token=v1."
                                    + "z".repeat(43)
                                    + "&scope=openid%20profile+email");
    // Not final: they would be constants to the compiler.
    private String four = "203.0.113.195";
    private String six = "2001:db8:85a3::8a2e:370:7334";

    /// One of three, out of the headers of a navigation.
    @Benchmark
    public Optional<String> cookie() {
        return navigation.cookies().only("__Host-segue_session");
    }

    /// The body of a refresh.
    @Benchmark
    public Optional<Parameters> form() {
        return refresh.form();
    }

    @Benchmark
    public Optional<ClientAddress> ipv4() {
        return AddressParser.parse(four);
    }

    @Benchmark
    public Optional<ClientAddress> ipv6() {
        return AddressParser.parse(six);
    }
}
