package segue.server.token;

import segue.domain.action.Event;
import segue.domain.action.TokenExchangeEvent;
import segue.domain.action.TokenExchangeEvent.Token;
import segue.domain.action.TokenExchangeRuling;
import segue.domain.client.Client;
import segue.domain.client.OrganizationUsage;
import segue.domain.identifier.OrganizationId;
import segue.domain.secret.Secret;
import segue.server.action.Script;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;
import segue.server.oauth.Wanted;
import segue.server.postlogin.Occasion;
import segue.server.postlogin.SubjectTokens;
import segue.storage.SignIns;
import segue.storage.TokenExchanges;
import segue.storage.TokenExchanges.Identified;
import segue.storage.TokenExchanges.Judged;

import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Custom token exchange (RFC 8693, contract authentication-api §4.7): the Action that the profile
/// of the subject token's type names tells whose tokens to issue. A request for a session transfer
/// token is told that this isn't the way (contract native-to-web §9.2).
final class TokenExchangeGrant implements Grant {
    private static final JsonMapper JSON = new JsonMapper();

    private static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
    private static final String ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";

    private final SubjectTokens subjectTokens;
    private final TokenExchanges exchanges;
    private final DirectIssue issue;
    private final Registry registry;
    private final Domains domains;
    private final int attempts;

    /// @param attempts bad subject tokens that one address may send in fifteen minutes
    TokenExchangeGrant(
            SubjectTokens subjectTokens,
            TokenExchanges exchanges,
            DirectIssue issue,
            Registry registry,
            Domains domains,
            int attempts) {
        this.subjectTokens = subjectTokens;
        this.exchanges = exchanges;
        this.issue = issue;
        this.registry = registry;
        this.domains = domains;
        this.attempts = attempts;
    }

    /// What is asked for, and by whom.
    private record Asking(
            Request request,
            Parameters parameters,
            Callers.Identified.Known client,
            Wanted wanted,
            Optional<OrganizationId> organization,
            TokenExchangeEvent.Transaction transaction) {
        String type() {
            return transaction.subject().type();
        }
    }

    @Override
    public Answer answer(Request request, Parameters parameters, Callers.Identified.Known client) {
        if (parameters.one("audience").filter(Domains::looksLikeTransfer).isPresent())
            return invalid(
                    "Session Transfer Tokens cannot be requested using Custom Token Exchange.");
        for (var name : List.of("subject_token", "subject_token_type"))
            if (parameters.one(name).isEmpty()) return new Answer.Refused(OAuthError.missing(name));
        if (!mayExchange(client.client()))
            return refused(
                    Code.UNAUTHORIZED_CLIENT,
                    "The client is not allowed to use token exchange profiles of type"
                            + " custom_authentication.");
        var script = subjectTokens.judging(parameters.one("subject_token_type").orElseThrow());
        if (script.isEmpty())
            return invalid("No token exchange profile exists for this subject_token_type.");
        return problem(parameters, client.client())
                .orElseGet(
                        () ->
                                Wanted.of(
                                        parameters,
                                        client.client(),
                                        registry,
                                        domains,
                                        wanted ->
                                                judge(
                                                        script.get(),
                                                        asking(
                                                                request,
                                                                parameters,
                                                                client,
                                                                wanted)),
                                        Answer.Refused::new));
    }

    private static boolean mayExchange(Client client) {
        return client.isFirstParty() && client.exchangesSubjectTokens();
    }

    private Optional<Answer> problem(Parameters parameters, Client client) {
        var actorType = parameters.one("actor_token_type");
        if (parameters.one("actor_token").isPresent() != actorType.isPresent())
            return Optional.of(invalid("actor_token and actor_token_type must be sent together."));
        // An Action would take it for verified, and nobody has verified it.
        if (actorType.filter(ID_TOKEN::equals).isPresent())
            return Optional.of(invalid("Invalid actor token: ID tokens are not supported."));
        if (parameters
                .one("requested_token_type")
                .filter(it -> !it.equals(ACCESS_TOKEN))
                .isPresent())
            return Optional.of(invalid("requested_token_type must be " + ACCESS_TOKEN));
        var organization = parameters.one("organization");
        if (organization.isPresent() && client.organizationUsage() == OrganizationUsage.DENY)
            return Optional.of(ORGANIZATION_DENIED);
        if (organization.isPresent() && organization.flatMap(registry::organization).isEmpty())
            return Optional.of(INVALID_ORGANIZATION);
        return Optional.empty();
    }

    private static final Answer ORGANIZATION_DENIED =
            invalid("parameter organization is not allowed for this client");
    private static final Answer INVALID_ORGANIZATION = invalid("invalid organization");

    private Asking asking(
            Request request,
            Parameters parameters,
            Callers.Identified.Known client,
            Wanted wanted) {
        var subject =
                new Token(
                        new Secret(parameters.one("subject_token").orElseThrow()),
                        parameters.one("subject_token_type").orElseThrow());
        var actor =
                parameters
                        .one("actor_token")
                        .map(
                                text ->
                                        new Token(
                                                new Secret(text),
                                                parameters.one("actor_token_type").orElseThrow()));
        var requested =
                Stream.of(parameters.one("scope").orElse("").split(" ", -1))
                        .filter(it -> !it.isEmpty())
                        .toList();
        return new Asking(
                request,
                parameters,
                client,
                wanted,
                parameters
                        .one("organization")
                        .flatMap(registry::organization)
                        .map(Registry.Organization::id),
                new TokenExchangeEvent.Transaction(subject, actor, requested, ACCESS_TOKEN));
    }

    private Answer judge(Script script, Asking asking) {
        var client = asking.client();
        var backoff = exchanges.backoff(client.origin(), attempts);
        if (backoff.isPresent())
            return new Answer.Refused(
                    OAuthError.tooMany(
                            Code.TOO_MANY_ATTEMPTS,
                            "Too many invalid subject tokens.",
                            backoff.get()));
        var occasion =
                new Occasion(
                        asking.request(),
                        client.origin().device(),
                        client.client(),
                        Occasion.TOKEN_EXCHANGE,
                        asking.parameters(),
                        asking.wanted().scope().scope(),
                        asking.organization(),
                        asking.wanted().audience(),
                        false,
                        false,
                        Optional.empty());
        var verdict = subjectTokens.judge(script, occasion, asking.transaction());
        var judged =
                new Judged(
                        client.caller(),
                        asking.type(),
                        asking.wanted().audience(),
                        asking.wanted().scope().scope(),
                        verdict,
                        client.origin());
        return switch (verdict.ruling()) {
            case TokenExchangeRuling.Refused refused -> refuse(judged, refused);
            case TokenExchangeRuling.Vouched vouched -> identify(asking, judged, vouched);
        };
    }

    private Answer refuse(Judged judged, TokenExchangeRuling.Refused refusal) {
        exchanges.refuse(judged, refusal);
        return new Answer.Refused(
                refusal.reason() == TokenExchangeRuling.Reason.FAILED
                        ? OAuthError.byAction(refusal.error(), refusal.description())
                        : OAuthError.byJudge(refusal.error(), refusal.description()));
    }

    private Answer unclear(Judged judged, String problem) {
        return refuse(
                judged,
                new TokenExchangeRuling.Refused(
                        TokenExchangeRuling.Reason.UNCLEAR, "invalid_request", problem));
    }

    private Answer identify(Asking asking, Judged judged, TokenExchangeRuling.Vouched vouched) {
        var chosen = vouched.organization().flatMap(subjectTokens::organization);
        if (vouched.organization().isPresent() && chosen.isEmpty())
            return unclear(judged, "the Action names an organization that does not exist");
        // Who asked for one organization gets no token of another.
        if (chosen.isPresent()
                && asking.organization().filter(it -> !it.equals(chosen.get())).isPresent())
            return unclear(judged, "the Action names another organization than the request");
        var organization = chosen.or(asking::organization);
        switch (asking.client().client().organizationUsage()) {
            case DENY -> {
                if (organization.isPresent())
                    return unclear(judged, "organizations are not allowed for this client");
            }
            case REQUIRE -> {
                if (organization.isEmpty())
                    return unclear(judged, "parameter organization is required for this client");
            }
            case ALLOW -> {}
        }
        var subject = subjectTokens.subject(vouched);
        if (subject.isEmpty())
            return unclear(judged, "the Action names a connection that does not exist");
        var user = subject.get().user();
        return switch (exchanges.identify(judged, subject.get(), organization)) {
            case KNOWN -> issue(asking, judged, vouched, subject.get(), organization);
            case BLOCKED -> refused(Code.UNAUTHORIZED, Identified.BLOCKED.text());
            case CONNECTION_DISABLED -> DirectIssue.CONNECTION_DISABLED;
            case NOT_A_MEMBER -> DirectIssue.notAMember(user, organization.orElseThrow());
            case UNKNOWN -> invalid(Identified.UNKNOWN.text());
            case TAKEN -> invalid(Identified.TAKEN.text());
            case MISMATCH -> invalid(Identified.MISMATCH.text());
        };
    }

    private Answer issue(
            Asking asking,
            Judged judged,
            TokenExchangeRuling.Vouched vouched,
            TokenExchanges.Subject subject,
            Optional<OrganizationId> organization) {
        var scope = asking.wanted().scope();
        // Contract authentication-api §4.7, actions §7: nobody acts as a user for long.
        var isActedFor = vouched.actor().isPresent() || asking.transaction().actor().isPresent();
        var due =
                new DirectIssue.Due(
                        new SignIns.Proof.SubjectToken(
                                asking.type(), judged.verdict().execution().id(), vouched.actor()),
                        subject.user(),
                        asking.wanted().audience(),
                        isActedFor ? withoutOffline(scope.scope()) : scope.scope(),
                        scope.offline() && !isActedFor,
                        organization,
                        Optional.of(
                                new Event.TokenExchange(
                                        asking.type(),
                                        asking.transaction().actor().map(Token::type),
                                        vouched.actor().map(TokenExchangeGrant::claim))));
        return switch (issue.issue(due, asking.request(), asking.parameters(), asking.client())) {
            case Answer.Refused refused -> refused;
            case Answer.Issued(var fields) -> {
                var all = new LinkedHashMap<>(fields);
                all.put("issued_token_type", ACCESS_TOKEN);
                yield new Answer.Issued(all);
            }
        };
    }

    private static String withoutOffline(String scope) {
        return Stream.of(scope.split(" ", -1))
                .filter(it -> !it.equals("offline_access"))
                .collect(Collectors.joining(" "));
    }

    private static Map<String, Object> claim(String json) {
        return JSON.readValue(json, new TypeReference<LinkedHashMap<String, Object>>() {});
    }

    private static Answer invalid(String description) {
        return refused(Code.INVALID_REQUEST, description);
    }

    private static Answer refused(Code code, String description) {
        return new Answer.Refused(OAuthError.of(code, description));
    }
}
