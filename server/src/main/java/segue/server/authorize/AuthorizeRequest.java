package segue.server.authorize;

import segue.domain.authorize.Ask;
import segue.domain.authorize.Consent;
import segue.domain.authorize.ResponseType;
import segue.domain.client.Client;
import segue.domain.client.OrganizationUsage;
import segue.domain.client.RegisteredRedirectUri;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.UserId;
import segue.domain.resource.ResourceServer;
import segue.domain.secret.SecretHash;
import segue.domain.token.AuthorizationCode;
import segue.domain.token.KeyThumbprint;
import segue.server.device.DeviceRequest;
import segue.server.http.Parameters;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;
import segue.server.oauth.ResourceIndicator;
import segue.server.oauth.Scopes;
import segue.server.oauth.Terms;
import segue.server.oauth.WebOrigin;
import segue.server.profile.Claims;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/// The parameters of `/authorize`, understood (contract authentication-api §3.1). Checked in the
/// order that decides where an error may go: nowhere but our own page before client and redirect
/// URI are sure, to the client afterwards.
///
/// @param wantsAccount whether the user is to be shown how to sign up first (`screen_hint`)
record AuthorizeRequest(
        Client client,
        Channel channel,
        ResponseType responseType,
        Ask ask,
        Optional<ConnectionId> connection,
        AuthorizationCode.Request request,
        boolean offline,
        Consent.Terms consent,
        Optional<String> loginHint,
        boolean wantsAccount) {

    private static final Pattern CHALLENGE = Pattern.compile("[A-Za-z0-9_-]{43}");
    private static final Set<String> PROMPTS = Set.of("none", "login", "consent", "select_account");
    private static final Set<String> NEVER_REDIRECTED =
            Set.of("client_id", "redirect_uri", "session_transfer_token");
    private static final long LONGEST_AGE_SECONDS = 10L * 365 * 24 * 3600;

    /// A parameter that decides where an answer goes has several values.
    static final Parsed.Stopped REPEATED =
            new Parsed.Stopped(
                    "Something is wrong with this link", "A parameter is repeated in it.");

    /// For a client that is bound to sign them (RFC 9101 §10.5).
    static final OAuthError NOT_SIGNED = invalid("The client must sign its authorization requests");

    /// Why its client may not send it in this way (RFC 9126 §6, RFC 9101 §10.5).
    Optional<OAuthError> problem(Sent.Way way) {
        if (client.mustPush() && way != Sent.Way.PUSHED)
            return Optional.of(invalid("The client must use pushed authorization requests"));
        // What was pushed was looked at then.
        return client.requiresSignedRequests() && way == Sent.Way.PLAINLY
                ? Optional.of(NOT_SIGNED)
                : Optional.empty();
    }

    /// What became of reading them.
    sealed interface Parsed {
        record Accepted(AuthorizeRequest request) implements Parsed {}

        /// It can't be answered.
        sealed interface Refusal extends Parsed {}

        /// An error that the client may hear.
        record Refused(Channel channel, OAuthError error) implements Refusal {}

        /// There is nowhere safe to send it.
        record Stopped(String title, String text) implements Refusal {}
    }

    /// Reads them.
    ///
    /// @param hinted finds the subject of an `id_token_hint`; empty if it isn't ours
    static Parsed parse(
            Parameters parameters,
            String issuer,
            Registry registry,
            Audiences audiences,
            Function<String, Optional<UserId>> hinted) {
        if (!Collections.disjoint(parameters.repeated(), NEVER_REDIRECTED)) return REPEATED;
        var client =
                parameters
                        .one("client_id")
                        .flatMap(id -> registry.client(new ClientId(id)))
                        .map(Registry.Registered::client);
        if (client.isEmpty()) return UNKNOWN_CLIENT;
        var to = channel(parameters, client.get(), issuer);
        if (to.isEmpty()) return new Parsed.Stopped("Callback URL mismatch.", MISMATCH);
        return switch (resource(parameters, registry, audiences)) {
            case ResourceIndicator.Read.Refused(var error) -> new Parsed.Refused(to.get(), error);
            case ResourceIndicator.Read.Understood(var understood) ->
                    parse(understood, client.get(), to.get(), registry, audiences, hinted);
        };
    }

    private static ResourceIndicator.Read resource(
            Parameters parameters, Registry registry, Audiences audiences) {
        return ResourceIndicator.read(
                parameters,
                registry.tenant(),
                it -> audiences.isUserinfo(it) || audiences.find(it).isPresent());
    }

    private static Parsed parse(
            Parameters parameters,
            Client client,
            ClientChannel channel,
            Registry registry,
            Audiences audiences,
            Function<String, Optional<UserId>> hinted) {
        var mode = parameters.one("response_mode").flatMap(ResponseMode::parse);
        var problem =
                parameters.one("response_mode").isPresent() && mode.isEmpty()
                        ? Optional.of(invalid("Unsupported response_mode"))
                        : problem(parameters, client, channel)
                                .or(() -> strictProblem(parameters, client, registry));
        if (problem.isPresent()) return new Parsed.Refused(channel, problem.get());
        return complete(parameters, client, channel, registry, audiences, hinted);
    }

    private static Optional<ClientChannel> channel(
            Parameters parameters, Client client, String issuer) {
        return redirectUri(parameters, client)
                .map(
                        to ->
                                new ClientChannel(
                                        to,
                                        mode(parameters, to),
                                        parameters.one("state"),
                                        issuer,
                                        client.origins()));
    }

    /// Refuses a request object whose parameters nobody vouches for: to the client if what stands
    /// beside it says where to, with a redirect URI that is registered.
    static Parsed.Refusal refused(
            Parameters beside, Client client, String issuer, OAuthError error) {
        return channel(beside, client, issuer)
                .<Parsed.Refusal>map(channel -> new Parsed.Refused(channel, error))
                .orElseGet(
                        () ->
                                new Parsed.Stopped(
                                        "Something is wrong with this link", error.description()));
    }

    /// Reads those of a device (RFC 8628 §3.1), which were in order when it asked.
    ///
    /// @param device the hash of the device code
    static Parsed parse(
            Parameters parameters, SecretHash device, Registry registry, Domains domains) {
        var client =
                parameters
                        .one("client_id")
                        .flatMap(id -> registry.client(new ClientId(id)))
                        .map(Registry.Registered::client);
        if (client.isEmpty()) return UNKNOWN_CLIENT;
        var channel = new DeviceChannel(device, client.get().name());
        return switch (DeviceRequest.read(parameters, client.get(), registry, domains)) {
            case DeviceRequest.Read.Refused(var error) -> new Parsed.Refused(channel, error);
            case DeviceRequest.Read.Understood(var asked) ->
                    new Parsed.Accepted(of(asked, channel));
        };
    }

    private static AuthorizeRequest of(DeviceRequest asked, DeviceChannel channel) {
        return new AuthorizeRequest(
                asked.client(),
                channel,
                ResponseType.CODE,
                new Ask(false, false, Optional.empty(), Optional.empty()),
                Optional.empty(),
                new AuthorizationCode.Request(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        asked.wanted().scope().scope(),
                        asked.wanted().audience(),
                        Optional.empty(),
                        false,
                        Optional.empty()),
                asked.wanted().scope().offline(),
                new Consent.Terms(
                        asked.client().isFirstParty(),
                        asked.wanted().api().map(it -> it.server().skipsConsent()).orElse(true),
                        false,
                        false,
                        Set.of()),
                Optional.empty(),
                false);
    }

    private static final Parsed UNKNOWN_CLIENT =
            new Parsed.Stopped(
                    "Unknown application",
                    "The application that sent you here is not known to us.");

    private static final String MISMATCH =
            "The provided redirect_uri is not in the list of allowed callback URLs of the"
                    + " application.";

    /// APIs by the audience that a request names.
    interface Audiences {
        /// The API; empty if there is none of that name.
        Optional<Registry.Api> find(String audience);

        /// What a token without an API is for.
        boolean isUserinfo(String audience);
    }

    private static Optional<RegisteredRedirectUri> redirectUri(
            Parameters parameters, Client client) {
        return parameters.one("redirect_uri").isPresent()
                ? parameters.one("redirect_uri").flatMap(client::redirectUri)
                : client.onlyRedirectUri();
    }

    private static Optional<OAuthError> problem(
            Parameters parameters, Client client, ClientChannel channel) {
        var repeated = parameters.repeated();
        if (!repeated.isEmpty())
            return Optional.of(
                    invalid(
                            "Repeated parameter: "
                                    + repeated.stream().sorted().findFirst().orElseThrow()));
        if (parameters.one("request_uri").isPresent())
            return Optional.of(
                    OAuthError.of(
                            Code.REQUEST_URI_NOT_SUPPORTED,
                            "The request_uri parameter is not supported"));
        var named = parameters.one("response_type");
        if (named.isEmpty()) return Optional.of(OAuthError.missing("response_type"));
        var type = named.flatMap(ResponseType::parse);
        if (type.isEmpty())
            return Optional.of(
                    OAuthError.of(
                            Code.UNSUPPORTED_RESPONSE_TYPE,
                            "Unsupported response type: " + named.get()));
        if (!client.mayUse(type.get().grantType()))
            return Optional.of(
                    OAuthError.of(
                            Code.UNAUTHORIZED_CLIENT,
                            "Grant type '%s' not allowed for the client."
                                    .formatted(type.get().grantType())));
        if (asksForMessage(parameters) && channel.mode() != ResponseMode.WEB_MESSAGE)
            return Optional.of(
                    invalid("The origin of the redirect_uri may not receive web messages"));
        return typeProblem(parameters, type.get())
                .or(() -> challengeProblem(parameters, client, type.get()))
                .or(() -> promptProblem(parameters))
                .or(() -> maxAgeProblem(parameters))
                .or(() -> keyProblem(parameters))
                .or(() -> claimsProblem(parameters));
    }

    private static Optional<OAuthError> claimsProblem(Parameters parameters) {
        var claims = parameters.one("claims");
        if (claims.isEmpty()) return Optional.empty();
        if (!Claims.isWellFormed(claims.get()))
            return Optional.of(invalid("The claims parameter is not a JSON object"));
        // OpenID Connect Core §5.5.1.1: a failed authentication attempt.
        return Claims.insistsOnContext(claims.get())
                ? Optional.of(
                        OAuthError.of(
                                Code.UNMET_AUTHENTICATION_REQUIREMENTS,
                                "No authentication context class is supported"))
                : Optional.empty();
    }

    /// OpenID Connect Core §3.1.2.1 and FAPI 2.0 Security Profile §5.3.2.2, for those who want them
    /// to the letter: others may leave out the only callback, and confidential clients the
    /// challenge.
    private static Optional<OAuthError> strictProblem(
            Parameters parameters, Client client, Registry registry) {
        var isOpenId = Scopes.has(parameters.one("scope").orElse(""), "openid");
        if (new Terms(registry).areStrict(Optional.of(client))
                && parameters.one("redirect_uri").isEmpty()
                && (isOpenId || client.isFapi()))
            return Optional.of(OAuthError.missing("redirect_uri"));
        return client.isFapi() && parameters.one("code_challenge").isEmpty()
                ? Optional.of(OAuthError.missing("code_challenge"))
                : Optional.empty();
    }

    private static boolean asksForMessage(Parameters parameters) {
        return asksFor(parameters, ResponseMode.WEB_MESSAGE);
    }

    private static boolean asksFor(Parameters parameters, ResponseMode mode) {
        return parameters
                .one("response_mode")
                .flatMap(ResponseMode::parse)
                .equals(Optional.of(mode));
    }

    /// A message can only be sent to a web page, whose origin is a callback's, hence allowed
    /// (contract authentication-api §3.2), and no ID token is sent in a query, which servers log; a
    /// client that asks for it hears so in the ordinary way.
    private static ResponseMode mode(Parameters parameters, RegisteredRedirectUri to) {
        var standard = ResponseMode.standard(parameters.one("response_type"));
        return parameters
                .one("response_mode")
                .flatMap(ResponseMode::parse)
                .filter(
                        mode ->
                                switch (mode) {
                                    case WEB_MESSAGE -> WebOrigin.of(to.value()).isPresent();
                                    case QUERY -> standard == ResponseMode.QUERY;
                                    case FRAGMENT, FORM_POST -> true;
                                })
                .orElse(standard);
    }

    /// OpenID Connect Core §3.2.2.1, OAuth 2.0 Multiple Response Types §3.
    private static Optional<OAuthError> typeProblem(Parameters parameters, ResponseType type) {
        if (type != ResponseType.ID_TOKEN) return Optional.empty();
        if (asksFor(parameters, ResponseMode.QUERY))
            return Optional.of(invalid("response_mode=query can't carry an ID token"));
        if (parameters.one("nonce").isEmpty()) return Optional.of(OAuthError.missing("nonce"));
        return Scopes.has(parameters.one("scope").orElse(""), "openid")
                ? Optional.empty()
                : Optional.of(invalid("response_type=id_token needs the scope openid"));
    }

    /// RFC 7636, S256 only (THREATS R15.1).
    private static Optional<OAuthError> challengeProblem(
            Parameters parameters, Client client, ResponseType type) {
        var challenge = parameters.one("code_challenge");
        var method = parameters.one("code_challenge_method");
        if (challenge.isEmpty()) {
            if (method.isPresent()) return Optional.of(OAuthError.missing("code_challenge"));
            return client.isPublic() && type == ResponseType.CODE
                    ? Optional.of(OAuthError.missing("code_challenge"))
                    : Optional.empty();
        }
        if (!method.equals(Optional.of("S256")))
            return Optional.of(invalid("code_challenge_method must be S256"));
        return CHALLENGE.matcher(challenge.get()).matches()
                ? Optional.empty()
                : Optional.of(invalid("code_challenge is malformed"));
    }

    private static List<String> prompts(Parameters parameters) {
        return parameters
                .one("prompt")
                .map(text -> List.of(text.strip().split("\\s+")))
                .orElse(List.of());
    }

    private static Optional<OAuthError> promptProblem(Parameters parameters) {
        var prompts = prompts(parameters);
        if (!PROMPTS.containsAll(prompts)) return Optional.of(invalid("Unsupported prompt"));
        // OpenID Connect Core §3.1.2.1: none stands alone.
        return prompts.contains("none") && prompts.size() > 1
                ? Optional.of(invalid("prompt=none can't be combined with other values"))
                : Optional.empty();
    }

    private static Optional<OAuthError> maxAgeProblem(Parameters parameters) {
        var text = parameters.one("max_age");
        return text.isPresent() && maxAge(text.get()).isEmpty()
                ? Optional.of(invalid("max_age must be a number of seconds"))
                : Optional.empty();
    }

    /// RFC 9449 §10.
    private static Optional<OAuthError> keyProblem(Parameters parameters) {
        return parameters
                .one("dpop_jkt")
                .filter(text -> !KeyThumbprint.isOne(text))
                .map(_ -> invalid("dpop_jkt is malformed"));
    }

    private static Optional<Duration> maxAge(String text) {
        if (!text.matches("\\d{1,12}")) return Optional.empty();
        return Optional.of(Duration.ofSeconds(Math.min(Long.parseLong(text), LONGEST_AGE_SECONDS)));
    }

    private static Parsed complete(
            Parameters parameters,
            Client client,
            ClientChannel channel,
            Registry registry,
            Audiences audiences,
            Function<String, Optional<UserId>> hinted) {
        var prompts = prompts(parameters);
        var silent = prompts.contains("none");
        var hint = parameters.one("id_token_hint");
        var hintedUser = hint.flatMap(hinted);
        if (hint.isPresent() && hintedUser.isEmpty())
            return new Parsed.Refused(channel, invalid("id_token_hint is invalid"));
        var claims = parameters.one("claims");
        var requestedUser = Claims.requestedUser(claims);
        var user = hintedUser.or(() -> requestedUser);
        if (requestedUser.isPresent() && !requestedUser.equals(user))
            return new Parsed.Refused(
                    channel, invalid("id_token_hint and claims name different users"));
        var named = parameters.one("audience").or(() -> registry.tenant().defaultAudience());
        var audience = named.filter(text -> !audiences.isUserinfo(text));
        var api = audience.flatMap(audiences::find);
        if (audience.isPresent() && api.isEmpty())
            return new Parsed.Refused(channel, OAuthError.serviceNotFound(audience.get()));
        var server = api.map(Registry.Api::server);
        var identifier = server.map(it -> it.identifier());
        var userGrant = identifier.flatMap(it -> registry.granted(client.id(), it, "user"));
        var scopes = Scopes.of(parameters.one("scope").orElse(""), client, server, userGrant);
        if (scopes instanceof Scopes.Granted.Denied(var error))
            return new Parsed.Refused(channel, error);
        var granted = (Scopes.Granted.Allowed) scopes;
        return switch (organization(parameters, client, registry)) {
            case Asked.Refused(var error) -> new Parsed.Refused(channel, error);
            case Asked.For(var organization) -> {
                var connection = parameters.one("connection").flatMap(registry::connection);
                if (parameters.one("connection").isPresent() && connection.isEmpty())
                    yield new Parsed.Refused(channel, invalid("the connection was not found"));
                var maxAge = parameters.one("max_age").flatMap(AuthorizeRequest::maxAge);
                var ask =
                        new Ask(
                                silent,
                                prompts.contains("login") || prompts.contains("select_account"),
                                maxAge,
                                user);
                yield new Parsed.Accepted(
                        new AuthorizeRequest(
                                client,
                                channel,
                                parameters
                                        .one("response_type")
                                        .flatMap(ResponseType::parse)
                                        .orElseThrow(),
                                ask,
                                connection,
                                new AuthorizationCode.Request(
                                        organization,
                                        parameters.one("redirect_uri"),
                                        parameters.one("code_challenge"),
                                        parameters.one("nonce"),
                                        granted.scope(),
                                        identifier,
                                        claims,
                                        maxAge.isPresent()
                                                || Claims.asksFor(
                                                        claims,
                                                        Claims.Target.ID_TOKEN,
                                                        "auth_time"),
                                        parameters.one("dpop_jkt").map(KeyThumbprint::new)),
                                granted.offline(),
                                new Consent.Terms(
                                        client.isFirstParty(),
                                        server.map(ResourceServer::skipsConsent).orElse(true),
                                        prompts.contains("consent"),
                                        client.isNative() && isImpersonable(channel.to()),
                                        Claims.scopesOf(claims)),
                                parameters.one("login_hint"),
                                parameters
                                        .one("screen_hint")
                                        .filter("signup"::equals)
                                        .isPresent()));
            }
        };
    }

    /// RFC 8252 §8.6: nothing but an https URI belongs to one app alone.
    private static boolean isImpersonable(RegisteredRedirectUri to) {
        return !to.value().startsWith("https://");
    }

    private sealed interface Asked {
        record For(Optional<OrganizationId> organization) implements Asked {}

        record Refused(OAuthError error) implements Asked {}
    }

    /// Contract authentication-api §3.2, §11.
    private static Asked organization(Parameters parameters, Client client, Registry registry) {
        var asked = parameters.one("organization");
        if (asked.isEmpty())
            return client.organizationUsage() == OrganizationUsage.REQUIRE
                    ? new Asked.Refused(
                            invalid("parameter organization is required for this client"))
                    : new Asked.For(Optional.empty());
        if (client.organizationUsage() == OrganizationUsage.DENY)
            return new Asked.Refused(
                    invalid("parameter organization is not allowed for this client"));
        return registry.organization(asked.get())
                .<Asked>map(found -> new Asked.For(Optional.of(found.id())))
                .orElseGet(() -> new Asked.Refused(invalid("invalid organization")));
    }

    private static OAuthError invalid(String description) {
        return OAuthError.of(Code.INVALID_REQUEST, description);
    }
}
