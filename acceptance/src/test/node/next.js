// What a Next.js app does with nextjs-auth0: its middleware, and handlers that ask for the session. Next's own server
// isn't needed for that, only its requests and responses.
import { Auth0Client } from '@auth0/nextjs-auth0/server';
import { NextRequest, NextResponse } from 'next/server.js';
import { clientId, clientSecret, issuer, serve } from './site.js';

serve((origin) => {
  const options = {
    domain: issuer,
    // Else the domain must be a name on the standard port. It still is https.
    allowInsecureRequests: true,
    clientId,
    clientSecret,
    secret: 'of the session cookie, and long enough',
    appBaseUrl: origin,
    enableAccessTokenEndpoint: true,
  };
  const auth0 = new Auth0Client(options);
  const pushing = new Auth0Client({
    ...options,
    pushedAuthorizationRequests: true,
    routes: { login: '/pushed/login' },
  });
  const handlers = {
    '/': async (request) => NextResponse.json((await auth0.getSession(request))?.user ?? {}),
    '/refresh': async (request) => {
      const response = new NextResponse();
      const before = await auth0.getSession(request);
      const { token } = await auth0.getAccessToken(request, response, { refresh: true });
      const isNew = token !== before.tokenSet.accessToken;
      return NextResponse.json({ isNew, ...before.user }, { headers: response.headers });
    },
    '/pushed/login': (request) => pushing.middleware(request),
  };
  return async (incoming, outgoing) => {
    const url = new URL(incoming.url, origin);
    const request = new NextRequest(url, { method: incoming.method, headers: incoming.headers });
    const response = await (handlers[url.pathname] ?? ((it) => auth0.middleware(it)))(request);
    outgoing.setHeaders(response.headers);
    outgoing.writeHead(response.status).end(Buffer.from(await response.arrayBuffer()));
  };
});
