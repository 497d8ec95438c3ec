package segue.server.token;

import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;

/// One grant type (RFC 6749 §4).
interface Grant {
    /// Answers a request of a client that is identified, and that may use the grant.
    Answer answer(Request request, Parameters parameters, Callers.Identified.Known client);
}
