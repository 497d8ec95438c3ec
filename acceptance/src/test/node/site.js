// What the small web apps of the stories share: an HTTPS server on a free port of the loopback address, with the
// certificate of Segue's development CA.
import https from 'node:https';
import { readFileSync } from 'node:fs';

export const issuer = process.env.SEGUE_ISSUER;
export const clientId = process.env.SEGUE_CLIENT_ID;
export const clientSecret = process.env.SEGUE_CLIENT_SECRET;

/// What an app signs with that has a key instead of a secret.
export const clientKey = process.env.SEGUE_CLIENT_KEY && await crypto.subtle.importKey(
  'pkcs8', Buffer.from(process.env.SEGUE_CLIENT_KEY, 'base64'), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);

/// Listens, says where on standard output, and ends when standard input does: nothing outlives the test that started it.
export function serve(makeHandler) {
  const pem = readFileSync(process.env.SEGUE_CERTIFICATE);
  const server = https.createServer({ cert: pem, key: pem });
  server.listen(0, '127.0.0.1', async () => {
    const origin = `https://localhost:${server.address().port}`;
    server.on('request', await makeHandler(origin));
    console.log(`ready ${origin}`);
  });
  process.stdin.resume().on('end', () => process.exit());
}

/// Answers as JSON what a route returns, or as status 502 the error that it throws, as the SDK words it. A URL becomes a
/// redirect.
export function routes(origin, table) {
  return async (request, response) => {
    const url = new URL(request.url, origin);
    const [status, headers, body] = await outcome(table[url.pathname], url, request);
    response.writeHead(status, { 'cache-control': 'no-store', ...headers }).end(body);
  };
}

async function outcome(route, url, request) {
  if (!route) return [404, {}, ''];
  try {
    const result = await route(url, request);
    if (result instanceof URL) return [302, { location: result.href }, ''];
    return [200, { 'content-type': 'application/json' }, JSON.stringify(result ?? {})];
  } catch (error) {
    return [502, { 'content-type': 'application/json' }, JSON.stringify(told(error))];
  }
}

/// What an app can read off an SDK's error.
export function told({ name, message, code, error, error_description, status, statusCode, cause }) {
  return { name, message, code, error, error_description, status: status ?? statusCode, cause: cause?.message };
}
