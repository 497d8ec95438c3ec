package segue.server.logging;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.server.http.Method;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// What the access log may know of a request, which is all that it can write (THREATS I8, T-40,
/// T-42). There is no address in it and no user: a line leaves this machine for places that no
/// erasure reaches. The tenant log has both.
///
/// @param route the template, never the path
/// @param took until the answer could be sent
/// @param bytes of the answer's body
/// @param client that is registered
/// @param outcome of a session transfer token, one of `segue.storage.Outcomes`
/// @param family the native refresh-token family behind it
/// @param trace the trace id, if the request is traced
public record Access(
        Instant time,
        String requestId,
        Method method,
        String route,
        int status,
        Duration took,
        long bytes,
        Optional<ClientId> client,
        Optional<String> outcome,
        Optional<FamilyId> family,
        Optional<String> trace) {}
