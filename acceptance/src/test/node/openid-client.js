import * as client from 'openid-client';
import { clientId, clientSecret, issuer } from './site.js';
import { relyingParty } from './relying-party.js';

relyingParty(async () => {
  // The signature of ID tokens is checked too, though TLS vouches for them.
  const config = await client.discovery(new URL(issuer), clientId, clientSecret, undefined, {
    execute: [client.enableNonRepudiationChecks],
  });
  const withClaims = (tokens) => ({ ...tokens, claims: tokens.claims() });
  return {
    async authorization(parameters, pushes) {
      const remembered = {
        pkceCodeVerifier: client.randomPKCECodeVerifier(),
        expectedState: client.randomState(),
        expectedNonce: client.randomNonce(),
      };
      const build = pushes ? client.buildAuthorizationUrlWithPAR : client.buildAuthorizationUrl;
      const url = await build(config, {
        ...parameters,
        code_challenge: await client.calculatePKCECodeChallenge(remembered.pkceCodeVerifier),
        code_challenge_method: 'S256',
        state: remembered.expectedState,
        nonce: remembered.expectedNonce,
      });
      return { url, remembered };
    },
    callback: async (url, remembered) => withClaims(await client.authorizationCodeGrant(config, url, remembered)),
    refresh: async (token, parameters) => withClaims(await client.refreshTokenGrant(config, token, parameters)),
    userinfo: (tokens) => client.fetchUserInfo(config, tokens.access_token, tokens.claims.sub),
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
