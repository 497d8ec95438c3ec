// A page whose script signs its user in by auth0-spa-js. At / the script renews in a hidden frame, at /refreshing it keeps
// a refresh token, at /proving one that is bound to a key (DPoP), at /multiple one that is for several audiences.
import { readFileSync } from 'node:fs';
import { clientId, issuer, serve } from './site.js';

const sdk = readFileSync(new URL(import.meta.resolve('@auth0/auth0-spa-js/dist/auth0-spa-js.production.js')));

const page = `<!doctype html>
<html lang="en">
<title>Single-page app</title>
<link rel="icon" href="data:,">
<h1 id="who"></h1>
<button id="login">Log in</button>
<script src="/sdk.js"></script>
<script type="module">
  const here = location.origin + location.pathname;
  const client = window.client = new auth0.Auth0Client({
    domain: ${JSON.stringify(new URL(issuer).host)},
    clientId: ${JSON.stringify(clientId)},
    useRefreshTokens: location.pathname !== '/',
    useDpop: location.pathname === '/proving',
    useMrrt: location.pathname === '/multiple',
    sessionTransferTokenQueryParamName: 'session_transfer_token',
    authorizationParams: { redirect_uri: here },
  });
  document.getElementById('login').onclick = () => client.loginWithRedirect();
  const arrived = new URLSearchParams(location.search);
  if (arrived.has('session_transfer_token')) {
    await client.loginWithRedirect();
  } else {
    if (arrived.has('state')) {
      await client.handleRedirectCallback();
      history.replaceState(null, '', here);
    }
    const user = await client.getUser();
    document.getElementById('who').textContent = user?.name ?? 'nobody';
  }
</script>
`;

serve(() => (request, response) => {
  const isScript = request.url === '/sdk.js';
  response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' });
  response.end(isScript ? sdk : page);
});
