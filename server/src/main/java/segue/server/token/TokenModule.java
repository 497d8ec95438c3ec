package segue.server.token;

import segue.server.device.DeviceRequest;
import segue.server.dpop.DpopProofs;
import segue.server.oauth.Callers;
import segue.server.oauth.Cors;
import segue.server.oauth.Domains;
import segue.server.oauth.Registry;
import segue.server.oauth.Terms;
import segue.server.password.PasswordLane;
import segue.server.postlogin.PostLogin;
import segue.server.postlogin.SubjectTokens;
import segue.server.secret.Mint;
import segue.storage.Attempts;
import segue.storage.Codes;
import segue.storage.DeviceAuthorizations;
import segue.storage.Families;
import segue.storage.SignIns;
import segue.storage.TokenExchanges;
import segue.storage.Transfers;
import segue.storage.jdbc.Database;

import java.util.Map;
import java.util.function.UnaryOperator;

/// Puts the token endpoint together.
public final class TokenModule {
    private TokenModule() {}

    /// The endpoint with all its grants.
    ///
    /// @param proofs checks proofs of possession
    /// @param callers identifies clients
    /// @param transfers mints session transfer tokens
    /// @param postLogin asks Actions
    /// @param subjectTokens asks those behind token exchange profiles
    /// @param limits how often a password may be tried; an address may send as many bad subject
    ///   tokens as it may try passwords of one account
    public static TokenEndpoint endpoint(
            Database database,
            Callers callers,
            Registry registry,
            Domains domains,
            Tokens tokens,
            DpopProofs proofs,
            PasswordLane passwords,
            Mint mint,
            Attempts.Limits limits,
            Transfers transfers,
            PostLogin postLogin,
            SubjectTokens subjectTokens) {
        var signIns = new SignIns(database);
        var issue = new DirectIssue(signIns, tokens, registry, domains, mint, postLogin);
        var exchange = new TransferExchange(transfers, tokens, registry, domains, mint, postLogin);
        UnaryOperator<Grant> named = grant -> new ResourceGrant(grant, registry, domains);
        return new TokenEndpoint(
                callers,
                new Terms(registry),
                new Cors(registry),
                proofs,
                Map.of(
                        "authorization_code",
                        new CodeGrant(new Codes(database), tokens, registry, domains, mint),
                        "refresh_token",
                        named.apply(
                                new RefreshGrant(
                                        new Families(database),
                                        exchange,
                                        tokens,
                                        registry,
                                        domains,
                                        mint,
                                        postLogin)),
                        "password",
                        named.apply(
                                new PasswordGrant(
                                        signIns, passwords, issue, registry, domains, limits,
                                        false)),
                        "http://auth0.com/oauth/grant-type/password-realm",
                        named.apply(
                                new PasswordGrant(
                                        signIns, passwords, issue, registry, domains, limits,
                                        true)),
                        DeviceRequest.GRANT,
                        new DeviceGrant(new DeviceAuthorizations(database), tokens, domains, mint),
                        "client_credentials",
                        named.apply(new ClientCredentialsGrant(signIns, tokens, registry, domains)),
                        "urn:ietf:params:oauth:grant-type:token-exchange",
                        named.apply(
                                new TokenExchangeGrant(
                                        subjectTokens,
                                        new TokenExchanges(database),
                                        issue,
                                        registry,
                                        domains,
                                        limits.perAccount()))));
    }
}
