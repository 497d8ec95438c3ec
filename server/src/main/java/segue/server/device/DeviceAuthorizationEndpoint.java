package segue.server.device;

import segue.domain.device.DeviceAuthorization;
import segue.domain.secret.Secret;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.oauth.Body;
import segue.server.oauth.Callers;
import segue.server.oauth.Domains;
import segue.server.oauth.OAuthError;
import segue.server.oauth.Registry;
import segue.server.oauth.Terms;
import segue.server.secret.Mint;
import segue.server.secret.SecretType;
import segue.storage.DeviceAuthorizations;

import tools.jackson.databind.json.JsonMapper;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Optional;

/// `POST /oauth/device/code` (RFC 8628 §3.1, §3.2; contract authentication-api §4.9).
public final class DeviceAuthorizationEndpoint {
    private static final JsonMapper JSON = new JsonMapper();

    private final DeviceAuthorizations devices;
    private final Callers callers;
    private final Terms terms;
    private final Registry registry;
    private final Domains domains;
    private final UserCodes userCodes;
    private final Mint mint;

    public DeviceAuthorizationEndpoint(
            DeviceAuthorizations devices,
            Callers callers,
            Terms terms,
            Registry registry,
            Domains domains,
            UserCodes userCodes,
            Mint mint) {
        this.devices = devices;
        this.callers = callers;
        this.terms = terms;
        this.registry = registry;
        this.domains = domains;
        this.userCodes = userCodes;
        this.mint = mint;
    }

    /// Answers.
    public Response handle(Request request) {
        return switch (Body.of(request)) {
            case Body.Malformed(var error) -> error.response();
            case Body.Read(var parameters) -> handle(request, parameters);
        };
    }

    private Response handle(Request request, Parameters parameters) {
        return switch (callers.identify(request, parameters)) {
            case Callers.Identified.Unknown unknown -> unknown.response(terms);
            case Callers.Identified.Known client ->
                    switch (DeviceRequest.read(parameters, client.client(), registry, domains)) {
                        case DeviceRequest.Read.Refused(var error) -> refused(error, client);
                        case DeviceRequest.Read.Understood _ -> issue(request, parameters, client);
                    };
        };
    }

    private Response refused(OAuthError error, Callers.Identified.Known client) {
        devices.refused(client.caller(), error.description(), client.origin());
        return terms.told(error, Optional.of(client.client())).response();
    }

    private Response issue(
            Request request, Parameters parameters, Callers.Identified.Known client) {
        var kept = DeviceRequest.kept(client.client(), parameters).encoded();
        var deviceCode = mint.secret(SecretType.DEVICE_CODE);
        var userCode = mint.userCode(registry.tenant().userCodes());
        // The shortest format has a hundred million codes, so that the next one is free.
        while (!devices.issue(deviceCode.hash(), userCodes.hash(userCode), client.caller(), kept))
            userCode = mint.userCode(registry.tenant().userCodes());
        return issued(domains.issuer(request.host()) + "activate", deviceCode, userCode);
    }

    private static Response issued(String page, Secret deviceCode, Secret userCode) {
        var typed = userCode.reveal();
        var fields = new LinkedHashMap<String, Object>();
        fields.put("device_code", deviceCode.reveal());
        fields.put("user_code", typed);
        fields.put("verification_uri", page);
        fields.put(
                "verification_uri_complete",
                page + "?user_code=" + URLEncoder.encode(typed, StandardCharsets.UTF_8));
        fields.put("expires_in", DeviceAuthorization.LIFETIME.toSeconds());
        fields.put("interval", DeviceAuthorization.INTERVAL.toSeconds());
        return Response.json(200, JSON.writeValueAsString(fields)).withHeader("Pragma", "no-cache");
    }
}
