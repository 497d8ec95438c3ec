/// HTTP as the rest of the server sees it: [segue.server.http.Request] in,
/// [segue.server.http.Response] out, an [segue.server.http.Endpoint] between them, a
/// [segue.server.http.Router] to find it. This is the only package that knows the web server behind
/// it, and the first line against malformed and oversized input (THREATS T-49 to T-51).
@NullMarked
package segue.server.http;

import org.jspecify.annotations.NullMarked;
