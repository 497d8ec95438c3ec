import * as oauth from 'oauth4webapi';
import { clientId, clientSecret, issuer } from './site.js';
import { relyingParty } from './relying-party.js';

relyingParty(async (redirectUri) => {
  const server = await oauth.processDiscoveryResponse(
    new URL(issuer),
    await oauth.discoveryRequest(new URL(issuer)),
  );
  const client = { client_id: clientId };
  const authentication = oauth.ClientSecretPost(clientSecret);

  /// RFC 9449 §8: the first attempt may bring no more than the nonce for the second.
  async function withNonce(attempt) {
    try {
      return await attempt();
    } catch (error) {
      if (oauth.isDPoPNonceError(error)) return attempt();
      throw error;
    }
  }

  /// Checks the ID token's signature as well.
  const verified = (request, process, options) =>
    withNonce(async () => {
      const response = await request();
      const tokens = await process(response);
      if (tokens.id_token) await oauth.validateApplicationLevelSignature(server, response);
      return { ...tokens, claims: oauth.getValidatedIdTokenClaims(tokens), options };
    });

  const pushed = (request, options) =>
    withNonce(async () => {
      const response = await oauth.pushedAuthorizationRequest(server, client, authentication, request, options);
      const { request_uri } = await oauth.processPushedAuthorizationResponse(server, client, response);
      return { client_id: clientId, request_uri };
    });

  const refreshed = ({ refresh_token, options }, additionalParameters, reading) =>
    verified(
      () => oauth.refreshTokenGrantRequest(
        server, client, authentication, refresh_token, { additionalParameters, ...options }),
      (it) => oauth.processRefreshTokenResponse(server, client, it, reading),
      options);

  return {
    async authorization(parameters, { pushes, proves }) {
      const remembered = {
        verifier: oauth.generateRandomCodeVerifier(),
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
        options: proves && { DPoP: oauth.DPoP(client, await oauth.generateKeyPair('ES256')) },
      };
      const request = {
        ...parameters,
        client_id: clientId,
        response_type: 'code',
        code_challenge: await oauth.calculatePKCECodeChallenge(remembered.verifier),
        code_challenge_method: 'S256',
        state: remembered.state,
        nonce: remembered.nonce,
      };
      const url = new URL(server.authorization_endpoint);
      url.search = new URLSearchParams(pushes ? await pushed(request, remembered.options) : request);
      return { url, remembered };
    },
    callback(url, { verifier, state, nonce, options }) {
      const parameters = oauth.validateAuthResponse(server, client, url, state);
      return verified(
        () => oauth.authorizationCodeGrantRequest(
          server, client, authentication, parameters, redirectUri, verifier, options),
        (it) => oauth.processAuthorizationCodeResponse(
          server, client, it, { expectedNonce: nonce, requireIdToken: true }),
        options);
    },
    refresh: refreshed,
    // The type `N_A` has to be named; the library compares in lower case.
    mint: (tokens, parameters) => refreshed(tokens, parameters, { recognizedTokenTypes: { n_a: () => {} } }),
    userinfo: ({ access_token, claims, options }) =>
      withNonce(async () => {
        const response = await oauth.userInfoRequest(server, client, access_token, options);
        return oauth.processUserInfoResponse(server, client, claims.sub, response);
      }),
    async introspect(token) {
      const response = await oauth.introspectionRequest(server, client, authentication, token);
      return oauth.processIntrospectionResponse(server, client, response);
    },
    revoke: async (token) =>
      oauth.processRevocationResponse(await oauth.revocationRequest(server, client, authentication, token)),
    logout(tokens, to) {
      const url = new URL(server.end_session_endpoint);
      url.search = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: to });
      return url;
    },
    async device(parameters) {
      const response = await oauth.deviceAuthorizationRequest(server, client, authentication, parameters);
      return oauth.processDeviceAuthorizationResponse(server, client, response);
    },
    poll: ({ device_code }) =>
      verified(
        () => oauth.deviceCodeGrantRequest(server, client, authentication, device_code),
        (it) => oauth.processDeviceCodeResponse(server, client, it)),
    async manage(path, audience) {
      const response = await oauth.clientCredentialsGrantRequest(
        server, client, authentication, new URLSearchParams({ audience }));
      const { access_token } = await oauth.processClientCredentialsResponse(server, client, response);
      const answer = await oauth.protectedResourceRequest(access_token, 'GET', new URL(path, audience));
      return answer.json();
    },
  };
});
