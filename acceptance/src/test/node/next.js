// What a Next.js app does with nextjs-auth0: its middleware, and handlers that ask for the session. Next's own server
// isn't needed for that, only its requests and responses.
import { Auth0Client } from '@auth0/nextjs-auth0/server';
import { NextRequest, NextResponse } from 'next/server.js';
import { generateKeyPair } from 'oauth4webapi';
import { fetchTransfers } from './transfers.js';
import { clientId, clientSecret, issuer, serve, told } from './site.js';

serve(async (origin) => {
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
  const proving = new Auth0Client({
    ...options,
    useDPoP: true,
    dpopKeyPair: await generateKeyPair('ES256'),
    routes: { login: '/dpop/login', callback: '/dpop/callback' },
  });
  const minting = new Auth0Client({ ...options, customFetch: fetchTransfers });

  async function refreshed(request, client) {
    const response = new NextResponse();
    const before = await client.getSession(request);
    const { token, token_type } = await client.getAccessToken(request, response, { refresh: true });
    const isNew = token !== before.tokenSet.accessToken;
    return NextResponse.json({ isNew, type: token_type, ...before.user }, { headers: response.headers });
  }

  /// A session transfer token, as the access token for its audience.
  async function minted(request, client) {
    const response = new NextResponse();
    const audience = request.nextUrl.searchParams.get('audience');
    const { token } = await client.getAccessToken(request, response, { audience, refresh: true });
    return NextResponse.json({ access_token: token }, { headers: response.headers });
  }

  const handlers = {
    '/': async (request) => NextResponse.json((await auth0.getSession(request))?.user ?? {}),
    '/refresh': (request) => refreshed(request, auth0),
    '/misread': (request) => minted(request, auth0),
    '/mint': (request) => minted(request, minting),
    '/revoke': async (request) => NextResponse.json((await auth0.revokeRefreshToken({ req: request })) ?? {}),
    '/dpop/login': (request) => proving.middleware(request),
    '/dpop/callback': (request) => proving.middleware(request),
    '/dpop/refresh': (request) => refreshed(request, proving),
    '/dpop/userinfo': async (request) => {
      const fetcher = await proving.createFetcher(request, {});
      const answer = await fetcher.fetchWithAuth(`${issuer}userinfo`);
      return NextResponse.json(await answer.json());
    },
    '/pushed/login': (request) => pushing.middleware(request),
  };
  return async (incoming, outgoing) => {
    const url = new URL(incoming.url, origin);
    const request = new NextRequest(url, { method: incoming.method, headers: incoming.headers });
    const handle = handlers[url.pathname] ?? ((it) => auth0.middleware(it));
    const response = await handle(request).catch((error) => NextResponse.json(told(error), { status: 502 }));
    outgoing.setHeaders(response.headers);
    outgoing.writeHead(response.status).end(Buffer.from(await response.arrayBuffer()));
  };
});
