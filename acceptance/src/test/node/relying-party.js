// A web app whose users sign in elsewhere, over a library that is given as functions. It has one user at a time.
import { routes, serve } from './site.js';

/// @param connect from the app's origin to
///   - `authorization(parameters, { pushes, proves })`: where the browser goes to sign in, and what is to be remembered
///     until it is back; the request may be pushed, and a key be proven (DPoP)
///   - `callback(url, remembered)`: the tokens, and the claims of the ID token
///   - `refresh(tokens, parameters)`: the same
///   - `userinfo(tokens)`
///   - `revoke(refreshToken)`
///   - `logout(tokens, to)`: where the browser goes to sign out
///   - `manage(path, audience)`: what the Management API answers to the client's own token
export function relyingParty(connect) {
  serve(async (origin) => {
    const library = await connect(`${origin}/callback`);
    let remembered;
    let tokens;
    async function login(url, how) {
      const parameters = {
        redirect_uri: `${origin}/callback`,
        scope: 'openid profile email offline_access',
        ...Object.fromEntries(url.searchParams),
      };
      const attempt = await library.authorization(parameters, how);
      remembered = attempt.remembered;
      return attempt.url;
    }
    return routes(origin, {
      '/login': (url) => login(url, {}),
      '/pushed/login': (url) => login(url, { pushes: true }),
      '/dpop/login': (url) => login(url, { proves: true }),
      '/callback': async (url) => {
        tokens = await library.callback(url, remembered);
        return new URL('/', origin);
      },
      '/': () => tokens?.claims,
      '/refresh': async () => {
        const before = tokens;
        tokens = await library.refresh(before);
        tokens.refresh_token ??= before.refresh_token;
        tokens.id_token ??= before.id_token;
        return { isNew: tokens.access_token !== before.access_token, type: tokens.token_type, ...tokens.claims };
      },
      '/mint': (url) => library.refresh(tokens, Object.fromEntries(url.searchParams)),
      '/userinfo': () => library.userinfo(tokens),
      '/revoke': () => library.revoke(tokens.refresh_token),
      '/logout': () => library.logout(tokens, `${origin}/`),
      '/manage': (url) => library.manage(url.searchParams.get('path'), url.searchParams.get('audience')),
    });
  });
}
