package segue.server.token;

import segue.domain.identifier.ClientId;
import segue.domain.secret.Secret;
import segue.domain.token.RefreshRefusal;
import segue.domain.token.RefreshScope;
import segue.domain.token.TokenFamily;
import segue.domain.token.TokenTerms;
import segue.domain.transfer.Exchange;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.oauth.Registry;
import segue.server.postlogin.Occasion;
import segue.server.postlogin.PostLogin;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.server.trail.Trail;
import segue.storage.Transfers;
import segue.storage.Transfers.Minted;
import segue.storage.jdbc.UserTable;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Optional;

/// A refresh token for a session transfer token: the first half of the hand-off (contract
/// native-to-web §3).
final class TransferExchange {
    private static final String TYPE = "urn:auth0:params:oauth:token-type:session_transfer_token";

    private final Transfers transfers;
    private final Tokens tokens;
    private final Registry registry;
    private final Domains domains;
    private final Mint mint;
    private final PostLogin postLogin;

    TransferExchange(
            Transfers transfers,
            Tokens tokens,
            Registry registry,
            Domains domains,
            Mint mint,
            PostLogin postLogin) {
        this.transfers = transfers;
        this.tokens = tokens;
        this.registry = registry;
        this.domains = domains;
        this.mint = mint;
        this.postLogin = postLogin;
    }

    Answer answer(
            Request request,
            Parameters parameters,
            Secret presented,
            String audience,
            Callers.Identified.Known client) {
        return switch (TransferParameters.parse(parameters, registry)) {
            case TransferParameters.Parsed.Refused(var error) -> new Answer.Refused(error);
            case TransferParameters.Parsed.Accepted(var accepted) ->
                    answer(request, parameters, accepted, presented, audience, client);
        };
    }

    private Answer answer(
            Request request,
            Parameters parameters,
            TransferParameters asked,
            Secret presented,
            String audience,
            Callers.Identified.Known client) {
        var transfer = mint.secret(SecretType.SESSION_TRANSFER_TOKEN);
        var successor = mint.secret(SecretType.REFRESH_TOKEN);
        var command =
                new Transfers.Mint(
                        presented.hash(),
                        client.caller(),
                        audience,
                        domains.isOurTransfer(audience),
                        parameters.one("scope"),
                        mint.transfer(),
                        transfer.hash(),
                        successor.hash(),
                        asked.bounds(),
                        asked.challenge(),
                        postLogin.policy(registry.tenant()),
                        client.origin());
        var minted = heard(transfers.mint(command), command, request, parameters, client);
        return switch (minted) {
            case Minted.Asking _ -> throw new IllegalStateException("Actions haven't been heard");
            case Minted.Denied(var error, var description) ->
                    new Answer.Refused(OAuthError.byAction(error, description));
            case Minted.Granted(var parent, var terms, var rotated, var profile) -> {
                Trail.about(parent.id());
                Trail.issued(transfer.hash());
                yield issued(
                        parent,
                        terms,
                        profile,
                        asked,
                        transfer,
                        rotated ? Optional.of(successor) : Optional.empty(),
                        request,
                        client);
            }
            case Minted.TokenRefused(var reason) -> new Answer.Refused(RefreshGrant.error(reason));
            case Minted.Replayed _ -> new Answer.Refused(RefreshGrant.error(RefreshRefusal.ENDED));
            case Minted.ClientNotAllowed _ ->
                    new Answer.Refused(
                            OAuthError.of(
                                    Code.UNAUTHORIZED_CLIENT,
                                    "The client is not allowed to create session transfer"
                                            + " tokens."));
            case Minted.Nested _ ->
                    new Answer.Refused(
                            OAuthError.of(
                                    Code.INVALID_GRANT,
                                    "Refresh tokens obtained through a session transfer cannot"
                                            + " create session transfer tokens."));
            case Minted.TooMany(var backoff) ->
                    new Answer.Refused(
                            OAuthError.tooMany(
                                    Code.TOO_MANY_REQUESTS,
                                    "Too many session transfer tokens were requested.",
                                    backoff));
            case Minted.ForeignAudience _ ->
                    new Answer.Refused(OAuthError.serviceNotFound(audience));
            case Minted.TargetMissing _ ->
                    new Answer.Refused(
                            OAuthError.of(
                                    Code.INVALID_TARGET,
                                    "The client must name the target_client_id that may redeem the"
                                            + " token."));
            case Minted.TargetNotAllowed _ ->
                    new Answer.Refused(
                            OAuthError.of(
                                    Code.INVALID_TARGET,
                                    "The client may not hand its user over to this"
                                            + " target_client_id."));
        };
    }

    /// What comes of it once Actions have been heard, if they must be.
    private Minted heard(
            Minted outcome,
            Transfers.Mint command,
            Request request,
            Parameters parameters,
            Callers.Identified.Known client) {
        if (!(outcome instanceof Minted.Asking(var scene))) return outcome;
        var family = scene.refreshToken().orElseThrow().family();
        var occasion =
                new Occasion(
                        request,
                        client.origin().device(),
                        client.client(),
                        Occasion.REFRESH,
                        parameters,
                        family.scope(),
                        family.organization(),
                        Optional.of(command.audience()),
                        false,
                        false,
                        Optional.empty());
        return transfers.mint(command.heard(postLogin.hear(scene, occasion)));
    }

    /// The token stands in the fragment, which browsers send to nobody (§14).
    private static String handOffUri(String issuer, ClientId target, Secret transfer) {
        return issuer
                + "hand-off?client_id="
                + URLEncoder.encode(target.value(), StandardCharsets.UTF_8)
                + "#session_transfer_token="
                + transfer.reveal();
    }

    /// Exactly the fields of §3.2, no `scope`; and `hand_off_uri` for who asks for it (§14).
    private Answer issued(
            TokenFamily parent,
            TokenTerms terms,
            UserTable.Profile profile,
            TransferParameters asked,
            Secret transfer,
            Optional<Secret> successor,
            Request request,
            Callers.Identified.Known client) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("access_token", transfer.reveal());
        fields.put("issued_token_type", TYPE);
        fields.put("token_type", "N_A");
        fields.put("expires_in", Exchange.LIFETIME.toSeconds());
        // §3.2: the ID token goes by what the refresh token was granted.
        var scope = new RefreshScope.Granted(parent.audience(), parent.scope());
        var granted = RefreshGrant.granted(parent, domains.issuer(request.host()), scope, terms);
        tokens.idToken(granted, profile, client).ifPresent(token -> fields.put("id_token", token));
        successor.ifPresent(token -> fields.put("refresh_token", token.reveal()));
        asked.handOffTo()
                .ifPresent(
                        target ->
                                fields.put(
                                        "hand_off_uri",
                                        handOffUri(
                                                domains.issuer(request.host()), target, transfer)));
        return new Answer.Issued(fields);
    }
}
