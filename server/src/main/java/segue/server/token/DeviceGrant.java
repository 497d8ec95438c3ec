package segue.server.token;

import segue.domain.secret.Secret;
import segue.domain.token.RefreshScope;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.OAuthError.Code;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.storage.Codes;
import segue.storage.DeviceAuthorizations;
import segue.storage.DeviceAuthorizations.Polled;

import java.util.Optional;

/// `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4, §3.5; contract authentication-api
/// §4.9).
final class DeviceGrant implements Grant {
    private final DeviceAuthorizations devices;
    private final Tokens tokens;
    private final Domains domains;
    private final Mint mint;

    DeviceGrant(DeviceAuthorizations devices, Tokens tokens, Domains domains, Mint mint) {
        this.devices = devices;
        this.tokens = tokens;
        this.domains = domains;
        this.mint = mint;
    }

    @Override
    public Answer answer(Request request, Parameters parameters, Callers.Identified.Known client) {
        var text = parameters.one("device_code");
        if (text.isEmpty()) return new Answer.Refused(OAuthError.missing("device_code"));
        // A code of another shape is looked up too, finds nothing, and is logged like any unknown
        // one.
        var deviceCode =
                SecretType.DEVICE_CODE.parse(text.get()).orElseGet(() -> new Secret(text.get()));
        var refreshToken = mint.secret(SecretType.REFRESH_TOKEN);
        var accessToken = mint.secret(SecretType.ACCESS_TOKEN);
        var polled =
                devices.poll(
                        new Codes.Exchange(
                                deviceCode.hash(),
                                client.caller(),
                                Optional.empty(),
                                Optional.empty(),
                                new RefreshScope.Target.Original(),
                                mint.family(),
                                refreshToken.hash(),
                                mint.grant(),
                                accessToken.hash(),
                                tokens::lifetime,
                                client.origin()));
        return switch (polled) {
            case Polled.Pending _ ->
                    refused(Code.AUTHORIZATION_PENDING, "User has yet to authorize device code.");
            case Polled.TooFast(var interval, var next) ->
                    new Answer.Refused(
                            OAuthError.tooMany(
                                    Code.SLOW_DOWN,
                                    "You are polling faster than the specified interval of %d seconds."
                                            .formatted(interval.toSeconds()),
                                    next));
            case Polled.Denied(var description) -> refused(Code.ACCESS_DENIED, description);
            case Polled.Expired _ -> refused(Code.EXPIRED_TOKEN, DeviceAuthorizations.EXPIRED);
            case Polled.Invalid _ -> refused(Code.INVALID_GRANT, DeviceAuthorizations.UNKNOWN);
            case Polled.Granted granted ->
                    issue(granted, request, client, accessToken, refreshToken);
        };
    }

    private Answer issue(
            Polled.Granted granted,
            Request request,
            Callers.Identified.Known client,
            Secret accessToken,
            Secret refreshToken) {
        var code = granted.code();
        return tokens.issue(
                        Tokens.Granted.of(domains.issuer(request.host()), code, granted.session()),
                        client,
                        accessToken,
                        code.offline() ? Optional.of(refreshToken) : Optional.empty())
                .<Answer>map(Answer.Issued::new)
                .orElseGet(() -> refused(Code.INVALID_GRANT, DeviceAuthorizations.UNKNOWN));
    }

    private static Answer refused(Code code, String description) {
        return new Answer.Refused(OAuthError.of(code, description));
    }
}
