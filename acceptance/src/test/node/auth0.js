// The methods of `auth0` by name: POST /management/users.sessions.list with the arguments as a JSON array calls
// management.users.sessions.list(...) and answers what it returns.
import { AuthenticationClient, ManagementClient, UserInfoClient } from 'auth0';
import { clientId, clientSecret, issuer, routes, serve } from './site.js';

const domain = new URL(issuer).host;
const objects = {
  authentication: new AuthenticationClient({ domain, clientId, clientSecret }),
  management: new ManagementClient({ domain, clientId, clientSecret }),
  userinfo: new UserInfoClient({ domain }),
};

async function call(url, request) {
  const [, object, name] = url.pathname.split('/');
  const path = name.split('.');
  const method = path.pop();
  const owner = path.reduce((it, step) => it[step], objects[object]);
  const chunks = await request.toArray();
  const result = await owner[method](...JSON.parse(Buffer.concat(chunks)));
  // Pages and answers of the Authentication API hold what they bring in `data`.
  return result?.data ?? result;
}

serve((origin) => routes(origin, new Proxy({}, { get: () => call })));
