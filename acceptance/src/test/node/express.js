// An Express app with its users' sign-in by express-openid-connect.
import express from 'express';
import oidc from 'express-openid-connect';
import { fetchTransfers } from './transfers.js';
import { clientId, clientSecret, issuer, serve, told } from './site.js';

/// Answers what a promise brings, or the error as the SDK words it: Express 4 waits for no promise.
const answer = (promised) => (request, response) =>
  promised(request).then(
    (result) => response.json(result),
    (error) => response.status(502).json(told(error)));

serve((origin) => {
  const options = {
    baseURL: origin,
    issuerBaseURL: issuer,
    clientID: clientId,
    clientSecret,
    secret: 'of the session cookie, and long enough',
    authRequired: false,
    auth0Logout: true,
    authorizationParams: { response_type: 'code', scope: 'openid profile email offline_access' },
    routes: { login: false },
  };
  const login = (request, response) =>
    response.oidc.login({
      returnTo: '/',
      authorizationParams: request.query,
    });

  // The same app once more for each other way to sign in; the session is one.
  const pushing = express();
  pushing.use(oidc.auth({ ...options, pushedAuthorizationRequests: true }));
  pushing.get('/login', login);

  const byDefault = express();
  byDefault.use(oidc.auth({ ...options, baseURL: `${origin}/default`, authorizationParams: undefined }));
  byDefault.get('/login', login);

  const app = express();
  app.use('/pushed', pushing);
  app.use('/default', byDefault);
  // It keeps what a refresh brings as the session's access token, and there the app takes a session transfer token from.
  const mint = async (request) => {
    const { access_token } = await request.oidc.accessToken.refresh({ tokenEndpointParams: request.query });
    return { access_token };
  };
  app.get('/mint', oidc.auth({ ...options, customFetch: fetchTransfers }), answer(mint));
  app.use(oidc.auth(options));
  app.get('/login', login);
  app.get('/', (request, response) => response.json(request.oidc.user ?? {}));
  app.get('/userinfo', answer((request) => request.oidc.fetchUserInfo()));
  app.get('/refresh', answer(async (request) => {
    const before = request.oidc.accessToken.access_token;
    const { access_token } = await request.oidc.accessToken.refresh();
    return { isNew: access_token !== before, ...request.oidc.idTokenClaims };
  }));
  app.get('/misread', answer(mint));
  return app;
});
