import * as client from 'openid-client';
import { fetchTransfers } from './transfers.js';
import { clientId, clientKey, clientSecret, issuer } from './site.js';
import { relyingParty } from './relying-party.js';

/// The signature of ID tokens is checked too, though TLS vouches for them.
const discovered = (options) => {
  const authentication = clientKey && client.PrivateKeyJwt(clientKey);
  return client.discovery(new URL(issuer), clientId, clientSecret, authentication, {
    execute: [client.enableNonRepudiationChecks],
    ...options,
  });
};

relyingParty(async () => {
  const config = await discovered();
  const minting = await discovered({ [client.customFetch]: fetchTransfers });
  const kept = (tokens, options) => ({ ...tokens, claims: tokens.claims(), options });
  return {
    async authorization(parameters, { pushes, proves }) {
      const checks = {
        pkceCodeVerifier: client.randomPKCECodeVerifier(),
        expectedState: client.randomState(),
        expectedNonce: client.randomNonce(),
      };
      const build = pushes ? client.buildAuthorizationUrlWithPAR : client.buildAuthorizationUrl;
      const options = proves && { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair()) };
      const request = {
        ...parameters,
        code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
        code_challenge_method: 'S256',
        state: checks.expectedState,
        nonce: checks.expectedNonce,
      };
      const url = await build(config, request, options);
      return { url, remembered: { checks, options } };
    },
    callback: async (url, { checks, options }) =>
      kept(await client.authorizationCodeGrant(config, url, checks, undefined, options), options),
    refresh: async ({ refresh_token, options }, parameters) =>
      kept(await client.refreshTokenGrant(config, refresh_token, parameters, options), options),
    mint: ({ refresh_token }, parameters) => client.refreshTokenGrant(minting, refresh_token, parameters),
    userinfo: ({ access_token, claims, options }) =>
      client.fetchUserInfo(config, access_token, claims.sub, options),
    introspect: (token) => client.tokenIntrospection(config, token),
    revoke: (token) => client.tokenRevocation(config, token),
    logout: (tokens, to) =>
      client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: to }),
    device: (parameters) => client.initiateDeviceAuthorization(config, parameters),
    poll: async (device) => kept(await client.pollDeviceAuthorizationGrant(config, device)),
    async manage(path, audience) {
      const { access_token } = await client.clientCredentialsGrant(config, { audience });
      const answer = await client.fetchProtectedResource(config, access_token, new URL(path, audience), 'GET');
      return answer.json();
    },
  };
});
