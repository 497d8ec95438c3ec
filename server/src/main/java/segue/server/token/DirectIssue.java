package segue.server.token;

import segue.domain.action.Event;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;
import segue.server.oauth.Scopes;
import segue.server.postlogin.Occasion;
import segue.server.postlogin.PostLogin;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.server.trail.Trail;
import segue.storage.SignIns;

import java.util.Optional;

/// Issues tokens to a user who isn't sent through a browser and has proved who they are, once the
/// post-login Actions have been heard.
final class DirectIssue {
    private final SignIns signIns;
    private final Tokens tokens;
    private final Registry registry;
    private final Domains domains;
    private final Mint mint;
    private final PostLogin postLogin;

    DirectIssue(
            SignIns signIns,
            Tokens tokens,
            Registry registry,
            Domains domains,
            Mint mint,
            PostLogin postLogin) {
        this.signIns = signIns;
        this.tokens = tokens;
        this.registry = registry;
        this.domains = domains;
        this.mint = mint;
        this.postLogin = postLogin;
    }

    /// What is to be issued.
    ///
    /// @param scope space separated
    /// @param offline whether a refresh token is due
    /// @param exchange if the proof is a subject token
    record Due(
            SignIns.Proof proof,
            UserId user,
            Optional<String> audience,
            String scope,
            boolean offline,
            Optional<OrganizationId> organization,
            Optional<Event.TokenExchange> exchange) {}

    Answer issue(Due due, Request request, Parameters parameters, Callers.Identified.Known client) {
        var refreshToken = mint.secret(SecretType.REFRESH_TOKEN);
        var accessToken = mint.secret(SecretType.ACCESS_TOKEN);
        var command =
                new SignIns.DirectGrant(
                        due.proof(),
                        due.user(),
                        client.caller(),
                        due.organization(),
                        due.scope(),
                        due.audience(),
                        due.offline(),
                        mint.family(),
                        refreshToken.hash(),
                        mint.grant(),
                        accessToken.hash(),
                        tokens::lifetime,
                        postLogin.policy(registry.tenant()),
                        client.origin());
        return switch (heard(signIns.grant(command), command, due, request, parameters, client)) {
            case SignIns.Granted.Asking _ ->
                    throw new IllegalStateException("Actions haven't been heard");
            case SignIns.Granted.Denied(var error, var description) ->
                    new Answer.Refused(OAuthError.byAction(error, description));
            case SignIns.Granted.Blocked _ -> refused(Code.UNAUTHORIZED, "user is blocked");
            case SignIns.Granted.ConnectionDisabled _ -> CONNECTION_DISABLED;
            case SignIns.Granted.NotAMember _ ->
                    notAMember(due.user(), due.organization().orElseThrow());
            case SignIns.Granted.Issued(var authentication, var scope, var terms) -> {
                var isOffline = due.offline() && Scopes.has(scope, "offline_access");
                if (isOffline) Trail.about(command.family());
                yield tokens.issue(
                                new Tokens.Granted(
                                        domains.issuer(request.host()),
                                        due.user(),
                                        scope,
                                        due.audience(),
                                        due.organization(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        terms,
                                        authentication,
                                        grantType(due.proof()),
                                        Optional.empty(),
                                        false),
                                client,
                                accessToken,
                                isOffline ? Optional.of(refreshToken) : Optional.empty())
                        .<Answer>map(Answer.Issued::new)
                        .orElseGet(() -> refused(Code.UNAUTHORIZED, "user is blocked"));
            }
        };
    }

    /// The user's connection isn't for the client.
    static final Answer CONNECTION_DISABLED =
            refused(Code.INVALID_REQUEST, "the connection is not enabled for the client");

    /// The user may not sign in to the organization.
    static Answer notAMember(UserId user, OrganizationId organization) {
        return refused(
                Code.ACCESS_DENIED,
                "user "
                        + user.value()
                        + " is not part of the "
                        + organization.value()
                        + " organization");
    }

    /// The `gty` of the access token; the contract has none for a token exchange
    /// (authentication-api §8.2).
    private static Optional<String> grantType(SignIns.Proof proof) {
        return switch (proof) {
            case SignIns.Proof.Password _ -> Optional.of("password");
            case SignIns.Proof.SubjectToken _ -> Optional.empty();
        };
    }

    private static String protocol(SignIns.Proof proof) {
        return switch (proof) {
            case SignIns.Proof.Password _ -> Occasion.PASSWORD;
            case SignIns.Proof.SubjectToken _ -> Occasion.TOKEN_EXCHANGE;
        };
    }

    /// What comes of it once Actions have been heard, if they must be.
    private SignIns.Granted heard(
            SignIns.Granted outcome,
            SignIns.DirectGrant command,
            Due due,
            Request request,
            Parameters parameters,
            Callers.Identified.Known client) {
        if (!(outcome instanceof SignIns.Granted.Asking(var scene))) return outcome;
        var occasion =
                new Occasion(
                        request,
                        client.origin().device(),
                        client.client(),
                        protocol(due.proof()),
                        parameters,
                        due.scope(),
                        due.organization(),
                        due.audience(),
                        due.audience().filter(domains.managementAudience()::equals).isPresent(),
                        due.exchange().flatMap(Event.TokenExchange::actor).isEmpty(),
                        due.exchange());
        return signIns.grant(command.heard(postLogin.hear(scene, occasion)));
    }

    private static Answer refused(Code code, String description) {
        return new Answer.Refused(OAuthError.of(code, description));
    }
}
