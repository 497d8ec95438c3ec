package segue.server.token;

import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.Registry;
import segue.server.oauth.ResourceIndicator;

/// A grant that takes an `audience`, and so a `resource` (RFC 8707 §2.2).
record ResourceGrant(Grant grant, Registry registry, Domains domains) implements Grant {
    @Override
    public Answer answer(Request request, Parameters parameters, Callers.Identified.Known client) {
        return switch (ResourceIndicator.read(parameters, registry, domains)) {
            case ResourceIndicator.Read.Refused(var error) -> new Answer.Refused(error);
            case ResourceIndicator.Read.Understood(var named) ->
                    grant.answer(request, named, client);
        };
    }
}
