package segue.server.token;

import segue.domain.client.OrganizationUsage;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.secret.Secret;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;
import segue.server.oauth.Wanted;
import segue.server.password.PasswordLane;
import segue.storage.SignIns;

import java.util.Optional;
import java.util.function.Function;

/// `password` and `password-realm` (contract authentication-api §4.8).
final class PasswordGrant implements Grant {
    private static final OAuthError WRONG =
            OAuthError.of(Code.INVALID_GRANT, "Wrong email or password.");

    private final SignIns signIns;
    private final PasswordLane passwords;
    private final DirectIssue issue;
    private final Registry registry;
    private final Domains domains;
    private final int attempts;
    private final boolean namesRealm;

    /// @param namesRealm whether the request names its connection (`password-realm`)
    PasswordGrant(
            SignIns signIns,
            PasswordLane passwords,
            DirectIssue issue,
            Registry registry,
            Domains domains,
            int attempts,
            boolean namesRealm) {
        this.signIns = signIns;
        this.passwords = passwords;
        this.issue = issue;
        this.registry = registry;
        this.domains = domains;
        this.attempts = attempts;
        this.namesRealm = namesRealm;
    }

    @Override
    public Answer answer(Request request, Parameters parameters, Callers.Identified.Known client) {
        for (var name :
                namesRealm
                        ? new String[] {"username", "password", "realm"}
                        : new String[] {"username", "password"})
            if (parameters.one(name).isEmpty()) return new Answer.Refused(OAuthError.missing(name));
        var realm = namesRealm ? parameters.one("realm") : registry.tenant().defaultDirectory();
        if (realm.isEmpty())
            return refused(
                    Code.INVALID_REQUEST,
                    "Authorization server not configured with default connection.");
        var connection = registry.connection(realm.get());
        if (connection.isEmpty()) return refused(Code.INVALID_REQUEST, "unknown or invalid realm");
        return Wanted.of(
                parameters,
                client.client(),
                registry,
                domains,
                wanted ->
                        inOrganization(
                                parameters,
                                client,
                                organization ->
                                        verify(
                                                request,
                                                parameters,
                                                client,
                                                connection.get(),
                                                wanted,
                                                organization)),
                Answer.Refused::new);
    }

    /// In which organization the user signs in, or why they don't.
    private Answer inOrganization(
            Parameters parameters,
            Callers.Identified.Known client,
            Function<Optional<OrganizationId>, Answer> then) {
        var asked = parameters.one("organization");
        if (asked.isPresent() && client.client().organizationUsage() == OrganizationUsage.DENY)
            return refused(
                    Code.INVALID_REQUEST, "parameter organization is not allowed for this client");
        if (asked.isEmpty() && client.client().organizationUsage() == OrganizationUsage.REQUIRE)
            return refused(
                    Code.INVALID_REQUEST, "parameter organization is required for this client");
        var organization = asked.flatMap(registry::organization).map(Registry.Organization::id);
        if (asked.isPresent() && organization.isEmpty())
            return refused(Code.INVALID_REQUEST, "invalid organization");
        return then.apply(organization);
    }

    private Answer verify(
            Request request,
            Parameters parameters,
            Callers.Identified.Known client,
            ConnectionId connection,
            Wanted wanted,
            Optional<OrganizationId> organization) {
        var username = parameters.one("username").orElseThrow().strip();
        var password = new Secret(parameters.one("password").orElseThrow());
        var attempt = signIns.attempt(connection, username, client.origin(), attempts);
        if (attempt.backoff().isPresent())
            return new Answer.Refused(
                    OAuthError.tooMany(
                            Code.TOO_MANY_ATTEMPTS,
                            "Your account has been blocked after multiple consecutive login"
                                    + " attempts.",
                            attempt.backoff().get()));
        var candidate = attempt.candidate();
        return switch (passwords.verify(password, candidate.flatMap(it -> it.passwordHash()))) {
            case BUSY -> refused(Code.TEMPORARILY_UNAVAILABLE, "Try again.");
            case WRONG -> {
                signIns.failed(
                        "fepft",
                        client.caller(),
                        connection,
                        candidate.map(it -> it.user()),
                        "Wrong email or password.",
                        client.origin());
                yield new Answer.Refused(WRONG);
            }
            case RIGHT -> {
                var user = candidate.orElseThrow();
                user.passwordHash()
                        .flatMap(hash -> passwords.renewed(password, hash))
                        .ifPresent(better -> signIns.rehash(user, better));
                var due =
                        new DirectIssue.Due(
                                new SignIns.Proof.Password(),
                                user.user(),
                                wanted.audience(),
                                wanted.scope().scope(),
                                wanted.scope().offline(),
                                organization,
                                Optional.empty());
                yield issue.issue(due, request, parameters, client);
            }
        };
    }

    private static Answer refused(Code code, String description) {
        return new Answer.Refused(OAuthError.of(code, description));
    }
}
