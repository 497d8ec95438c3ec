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

  /// Checks the ID token's signature as well.
  async function verified(response, process) {
    const tokens = await process(response);
    if (tokens.id_token) await oauth.validateApplicationLevelSignature(server, response);
    return { ...tokens, claims: oauth.getValidatedIdTokenClaims(tokens) };
  }

  async function pushed(request) {
    const response = await oauth.pushedAuthorizationRequest(server, client, authentication, request);
    const { request_uri } = await oauth.processPushedAuthorizationResponse(server, client, response);
    return { client_id: clientId, request_uri };
  }

  return {
    async authorization(parameters, { pushes }) {
      const remembered = {
        verifier: oauth.generateRandomCodeVerifier(),
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
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
      url.search = new URLSearchParams(pushes ? await pushed(request) : request);
      return { url, remembered };
    },
    async callback(url, { verifier, state, nonce }) {
      const parameters = oauth.validateAuthResponse(server, client, url, state);
      const response = await oauth.authorizationCodeGrantRequest(
        server, client, authentication, parameters, redirectUri, verifier);
      return verified(response, (it) =>
        oauth.processAuthorizationCodeResponse(server, client, it, { expectedNonce: nonce, requireIdToken: true }));
    },
    async refresh({ refresh_token }, additionalParameters) {
      const response = await oauth.refreshTokenGrantRequest(
        server, client, authentication, refresh_token, { additionalParameters });
      return verified(response, (it) => oauth.processRefreshTokenResponse(server, client, it));
    },
    async userinfo({ access_token, claims }) {
      const response = await oauth.userInfoRequest(server, client, access_token);
      return oauth.processUserInfoResponse(server, client, claims.sub, response);
    },
    revoke: async (token) =>
      oauth.processRevocationResponse(await oauth.revocationRequest(server, client, authentication, token)),
    logout(tokens, to) {
      const url = new URL(server.end_session_endpoint);
      url.search = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: to });
      return url;
    },
    async manage(path, audience) {
      const response = await oauth.clientCredentialsGrantRequest(
        server, client, authentication, new URLSearchParams({ audience }));
      const { access_token } = await oauth.processClientCredentialsResponse(server, client, response);
      const answer = await oauth.protectedResourceRequest(access_token, 'GET', new URL(path, audience));
      return answer.json();
    },
  };
});
