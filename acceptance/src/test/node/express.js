// An Express app with its users' sign-in by express-openid-connect.
import express from 'express';
import oidc from 'express-openid-connect';
import { clientId, clientSecret, issuer, serve } from './site.js';

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
  app.use(oidc.auth(options));
  app.get('/login', login);
  app.get('/', (request, response) => response.json(request.oidc.user ?? {}));
  app.get('/userinfo', async (request, response) => response.json(await request.oidc.fetchUserInfo()));
  app.get('/refresh', async (request, response) => {
    const before = request.oidc.accessToken.access_token;
    const { access_token } = await request.oidc.accessToken.refresh();
    response.json({ isNew: access_token !== before, ...request.oidc.idTokenClaims });
  });
  return app;
});
