import * as client from 'openid-client';
import { clientId, clientSecret, issuer } from './site.js';
import { relyingParty } from './relying-party.js';

relyingParty(async () => {
  // The signature of ID tokens is checked too, though TLS vouches for them.
  const config = await client.discovery(new URL(issuer), clientId, clientSecret, undefined, {
    execute: [client.enableNonRepudiationChecks],
  });
  const kept = (tokens, options) => ({ ...tokens, claims: tokens.claims(), options });
  return {
    async authorization(parameters, { pushes, proves }) {
      const checks = {
        pkceCodeVerifier: client.randomPKCECodeVerifier(),
        expectedState: client.randomState(),
        expectedNonce: client.randomNonce(),
      };
      const build = pushes ? client.buildAuthorizationUrlWithPAR : client.buildAuthorizationUrl;
      const url = await build(config, {
        ...parameters,
        code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
        code_challenge_method: 'S256',
        state: checks.expectedState,
        nonce: checks.expectedNonce,
      });
      const options = proves && { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair()) };
      return { url, remembered: { checks, options } };
    },
    callback: async (url, { checks, options }) =>
      kept(await client.authorizationCodeGrant(config, url, checks, undefined, options), options),
    refresh: async ({ refresh_token, options }, parameters) =>
      kept(await client.refreshTokenGrant(config, refresh_token, parameters, options), options),
    userinfo: ({ access_token, claims, options }) =>
      client.fetchUserInfo(config, access_token, claims.sub, options),
    revoke: (token) => client.tokenRevocation(config, token),
    logout: (tokens, to) =>
      client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: to }),
    async manage(path, audience) {
      const { access_token } = await client.clientCredentialsGrant(config, { audience });
      const answer = await client.fetchProtectedResource(config, access_token, new URL(path, audience), 'GET');
      return answer.json();
    },
  };
});
